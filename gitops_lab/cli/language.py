"""The language in which a learner is spoken to: `--lang de`, kept for the next time.

What is printed is written in English in the code. Here it is matched with the templates of a
catalogue and said in the other language; what no template fits is said in English. The texts of a
lab come from the lab (`gitops_lab.lab.translation`), which also brings what its own checks say.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.lab import Lab

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
OPTION = "--lang"
_VARIABLE = "GITOPS_LAB_LANG"
_FILE = "language"
_HOLE = re.compile(r"\{(\w+)\}")
_DEEPEST = 6
_WORD = r"[^\s:,]+"
_HOLES = {
    "thing": r"\S+(?: in namespace \S+)?(?: of cluster \S+)?",
    **dict.fromkeys(("path", "file", "branch", "sha", "count", "ready", "all", "code"), _WORD),
    **dict.fromkeys(("number", "total", "right", "checks", "hints", "step", "lab", "app"), _WORD),
}
"""What fits into a hole, where not anything does: a word, an object as checks name it."""


class Catalogue:
    """Templates with holes in braces, and how they are said. Holes are translated, too."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._plain = {said: put for said, put in words.items() if not _HOLE.search(said)}
        holed = ((said, put) for said, put in words.items() if said not in self._plain)
        self._holed = sorted(
            ((_pattern(said), put, len(_HOLE.sub("", said))) for said, put in holed),
            key=lambda entry: -entry[2],
        )

    def __call__(self, text: str, depth: int = 0) -> str:
        """A text in the language; white space around it stays."""
        core = text.strip()
        if not core or depth > _DEEPEST:
            return text
        found = self._plain.get(core)
        if found is None:
            found = self._filled(core, depth)
        if found is None and "\n" in core:
            found = "\n".join(self(line, depth + 1) for line in core.split("\n"))
        return text if found is None else text.replace(core, found, 1)

    def _filled(self, core: str, depth: int) -> str | None:
        for pattern, put, _ in self._holed:
            match = pattern.fullmatch(core)
            if match:
                holes = {name: self(text, depth + 1) for name, text in match.groupdict().items()}
                return put.format_map(holes)
        return None


def _pattern(said: str) -> re.Pattern[str]:
    parts = _HOLE.split(said)
    texts = (
        f"(?P<{part}>{_HOLES.get(part, '.*?')})" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )
    return re.compile("".join(texts), re.DOTALL)


def take(words: list[str]) -> None:
    """Take `--lang X` out of a command line, wherever it stands before a `--`, and keep it.

    Raises `UsageError` for a language that nobody has translated.
    """
    end = words.index("--") if "--" in words else len(words)
    at = next((n for n, word in enumerate(words[:end]) if word.startswith(OPTION)), None)
    if at is None or words[at].partition("=")[0] != OPTION:
        return
    _, given, language = words.pop(at).partition("=")
    if not given and at < len(words):
        language = words.pop(at)
    if language not in LANGUAGES:
        raise UsageError(
            f"{OPTION} {language}: nobody has translated into that.",
            reason="UnknownLanguage",
            hint=f"There is: {', '.join(LANGUAGES)}.",
        )
    os.environ[_VARIABLE] = language
    _keep(language)


def chosen() -> str:
    """The language of this command: the option's, the variable's, or what was kept."""
    language = os.environ.get(_VARIABLE, "") or _kept()
    return language if language in LANGUAGES else ENGLISH


def said(text: str) -> str:
    """A text of ours in the learner's language."""
    language = chosen()
    return text if language == ENGLISH else _catalogue(language)(text)


def spoken(lab: "Lab") -> "Lab":
    """A lab in the learner's language; from now on its checks are, too."""
    language = chosen()
    if language == ENGLISH:
        return lab
    from gitops_lab.lab import translation

    _LAB_WORDS.update(translation.words(lab, language))
    _catalogue.cache_clear()
    return translation.translated(lab, language)


_LAB_WORDS: dict[str, str] = {}


@cache
def _catalogue(language: str) -> Catalogue:
    from gitops_lab.cli.german import GERMAN

    by_language: dict[str, Iterable[tuple[str, str]]] = {"de": GERMAN.items()}
    return Catalogue({**dict(by_language[language]), **_LAB_WORDS})


def _kept() -> str:
    from gitops_lab.workspace import default_home

    with contextlib.suppress(OSError):
        return (default_home() / _FILE).read_text(encoding="utf-8").strip()
    return ""


def _keep(language: str) -> None:
    """For the next command; where nothing can be written it is for this one alone."""
    from gitops_lab.workspace import default_home

    home = default_home()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        (home / _FILE).write_text(f"{language}\n", encoding="utf-8")
