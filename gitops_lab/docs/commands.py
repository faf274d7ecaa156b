"""The reference of the command line, from what the commands say of themselves."""

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass

_ENVIRONMENT = {
    "COLUMNS": "100",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "GITOPS_LAB_COMMAND": "gitops-lab",
}
_COMMAND = re.compile(r"^  ([a-z][a-z-]*)(?:\s|$)", re.MULTILINE)


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
    return _walk(())


def page(helps: list[Help]) -> str:
    """The reference as Markdown."""
    parts = ["# Command line", "What each command prints with `--help`. From a checkout, type "]
    parts[1] += "`scripts/lab` instead of `gitops-lab`."
    for each in helps:
        parts.append(f"{'#' * (2 + bool(each.words))} {each.title}\n\n```text\n{each.text}\n```")
    return "\n\n".join(parts) + "\n"


def _walk(words: tuple[str, ...]) -> list[Help]:
    text = _help(words)
    found = [Help(words, text)]
    for name in _subcommands(text):
        found += _walk((*words, name))
    return found


def _subcommands(text: str) -> list[str]:
    names: list[str] = []
    for section in text.split("\n\n"):
        heading, _, rows = section.partition("\n")
        if heading.endswith("ommands:") or heading.startswith("Commands"):
            names += _COMMAND.findall(rows)
    return names


def _help(words: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gitops_lab.cli", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **_ENVIRONMENT},
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
