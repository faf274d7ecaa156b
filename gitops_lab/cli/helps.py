"""The help of every command, as JSON: `[[words, text], …]` in the order that help lists them.

For the reference on the site; one process for all, as starting one takes longer than a help.
"""

import contextlib
import io
import json
import re

from gitops_lab.cli.program import main

_COMMAND = re.compile(r"^  ([a-z][a-z-]*)(?:\s|$)", re.MULTILINE)


def walk(words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """A command's words and what `--help` prints; then those of the commands below it."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        main([*words, "--help"])
    text = "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())
    found = [(words, text)]
    for name in _below(text):
        found += walk((*words, name))
    return found


def _below(text: str) -> list[str]:
    names: list[str] = []
    for section in text.split("\n\n"):
        heading, _, rows = section.partition("\n")
        if heading.endswith("ommands:") or heading.startswith("Commands"):
            names += _COMMAND.findall(rows)
    return names


if __name__ == "__main__":
    print(json.dumps(walk()))
