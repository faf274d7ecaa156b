"""The commands in a lab's text: what stands after `$ ` in a block fenced as `console`. Pure.

A comment at a command's end tells how it ends, to learners and to the proof alike: `# fails` for
one that is meant to fail. One that goes on until Ctrl+C (`--watch`, `logs --follow`) is known by
its options.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"\s*(```+|~~~+)\s*([-\w]*)")
_GOES_ON = re.compile(r"\s(--watch|-w|--follow|port-forward)(\s|$)|\blogs\s.*\s-f(\s|$)")
_FAILS = re.compile(r"\s#\s*fails\b.*$")
_READS = re.compile(
    r"(kubectl\b.*?\s(get|describe|logs|events|explain|diff|auth|top|kustomize|version)\b"
    r"|git (log|diff|show|status|grep|blame|branch$)|helm (template|list|history|status|lint)\b"
    r"|cat |ls\b|grep |curl |cd |gitops-lab )"
)
_WRITES = re.compile(
    r"gitops-lab (app (sync|rollback|suspend|resume|refresh)|secret (encrypt|keygen))\b|cat .*>"
)
CONSOLE = "console"
PROMPT = "$ "
SHELLS = ("sh", "bash", "shell", "zsh")


@dataclass(frozen=True)
class Command:
    """A command as it stands in the text; `line` is counted from the text's first."""

    text: str
    line: int

    @property
    def fails(self) -> bool:
        """Whether it is meant to fail."""
        return bool(_FAILS.search(self.text))

    @property
    def goes_on(self) -> bool:
        """Whether it runs until somebody ends it."""
        return bool(_GOES_ON.search(self.text))

    @property
    def reads(self) -> bool:
        """Whether it only looks, so that nothing has to settle after it."""
        return bool(_READS.match(self.text))

    @property
    def looks(self) -> bool:
        """Whether it changes nothing at all, neither a file nor what an engine has in hand."""
        return self.reads and not _WRITES.match(self.text)

    def git(self, *verbs: str) -> bool:
        """Whether it is one of these commands of git."""
        return any(re.match(rf"git {verb}\b", self.text) for verb in verbs)


@dataclass(frozen=True)
class Prose:
    """A line of text beside the commands."""

    text: str
    line: int


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the line of its first one."""

    language: str
    lines: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The lines without the indentation that they share."""
        filled = [line for line in self.lines if line.strip()]
        depth = min((len(line) - len(line.lstrip()) for line in filled), default=0)
        return "\n".join(line[depth:] for line in self.lines)


def pieces(text: str) -> list[Prose | Block]:
    """A Markdown text as lines of prose and fenced blocks, in order."""
    found: list[Prose | Block] = []
    fence, language, inside, begun = "", "", [""], 0
    for number, line in enumerate(text.splitlines(), start=1):
        mark = _FENCE.match(line)
        if not fence and mark:
            fence, language, inside, begun = mark[1], mark[2], [], number + 1
        elif fence and mark and mark[1].startswith(fence):
            found.append(Block(language, tuple(inside), begun))
            fence = ""
        elif fence:
            inside.append(line)
        else:
            found.append(Prose(line, number))
    return found


def story(text: str) -> list[Prose | Command]:
    """Prose and commands in the order in which a learner meets them."""
    told: list[Prose | Command] = []
    for piece in pieces(text):
        if isinstance(piece, Prose):
            told.append(piece)
        elif piece.language == CONSOLE:
            told.extend(_commands(piece))
    return told


def commands(text: str) -> list[Command]:
    """Only the commands."""
    return [piece for piece in story(text) if isinstance(piece, Command)]


def _commands(block: Block) -> Iterator[Command]:
    """A `$ ` begins a command; a backslash at a line's end goes on with the next line."""
    open_at, words = 0, ""
    for number, raw in enumerate(block.text.splitlines(), start=block.line):
        if words:
            words += "\n" + raw.removeprefix("> ")
        elif raw.startswith(PROMPT):
            open_at, words = number, raw.removeprefix(PROMPT)
        if words and not words.endswith("\\"):
            yield Command(words.strip(), open_at)
            words = ""
    if words:
        yield Command(words.rstrip("\\ \n"), open_at)
