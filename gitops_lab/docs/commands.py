"""The reference of the command line, from what the commands say of themselves."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass

_ENVIRONMENT = {
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "GITOPS_LAB_COMMAND": "gitops-lab",
}


@dataclass(frozen=True)
class Help:
    """One command and what `--help` prints."""

    words: tuple[str, ...]
    text: str

    @property
    def title(self) -> str:
        """As it is typed."""
        return " ".join(("gitops-lab", *self.words))


@functools.cache
def all_help() -> list[Help]:
    """The help of the program and of every command below it, in the order that help lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "gitops_lab.cli.helps"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **_ENVIRONMENT},
    )
    return [Help(tuple(words), text) for words, text in json.loads(done.stdout)]


def page(helps: list[Help]) -> str:
    """The reference as Markdown."""
    parts = ["# Command line", "What each command prints with `--help`. From a checkout, type "]
    parts[1] += "`scripts/lab` instead of `gitops-lab`."
    for each in helps:
        parts.append(f"{'#' * (2 + bool(each.words))} {each.title}\n\n```text\n{each.text}\n```")
    return "\n\n".join(parts) + "\n"
