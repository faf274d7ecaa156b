"""The ready-made check of a Secret that Git may hold, since nobody can read it there."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.repositories import missing, read
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.kube import yamls

_SEALED = "ENC["


@dataclass(frozen=True)
class Encrypted:
    """No value of the Secrets in a file can be read on a branch: SOPS has encrypted them all.

    `hidden` are words that may not stand anywhere in the file, neither as they are nor in base64.
    """

    repo: str
    file: str
    hidden: tuple[str, ...] = ()
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Read the file as the Git server has it."""
        expected = f"the values in {self.file} on {self.branch} are encrypted"
        text = read(world, self.repo, self.branch, self.file)
        if text is None:
            return missing(self.branch, self.file, expected)
        try:
            documents = [document.obj for document in yamls.load_all(text, file=self.file)]
        except yamls.YamlError as error:
            return Sight(False, error.paragraph(), expected, "render")
        if not any(isinstance(obj, Mapping) and obj.get("kind") == "Secret" for obj in documents):
            seen = f"{self.file} has no Secret"
            return Sight(False, seen, expected, "commit", change=self.file)
        readable = next((name for obj in documents for name in _readable(obj)), "")
        if readable:
            seen = f"{readable} is not encrypted"
            return Sight(False, seen, expected, "commit", change=self.file)
        if any(word in text or _base64(word) in text for word in self.hidden):
            seen = f"{self.file} shows what it should hide"
            return Sight(False, seen, expected, "commit", change=self.file)
        return Sight(True, "nobody can read them", expected, change=self.file)


def _readable(obj: Any) -> Iterator[str]:
    """The fields of a Secret whose values anyone can read; what is no Secret hides nothing."""
    if not isinstance(obj, Mapping) or obj.get("kind") != "Secret":
        return
    for part in ("data", "stringData"):
        for key, value in (obj.get(part) or {}).items():
            if not str(value).startswith(_SEALED):
                yield f"{part}.{key}"
    if not obj.get("sops"):
        yield "the Secret"


def _base64(word: str) -> str:
    return base64.b64encode(word.encode()).decode()
