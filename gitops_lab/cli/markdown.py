"""A lab's Markdown in a terminal. What stands there can be selected, copied and run.

Rich wraps code as it wraps prose and fills each line with spaces: a command over two lines would
be two commands in a shell, and one that ends in a backslash and a space would be broken, too.
"""

from collections.abc import Iterator
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement
from rich.segment import Segment, Segments
from rich.syntax import Syntax
from rich.text import Text

from gitops_lab.lab.console import CONSOLE, PROMPT

_INDENT = 4
_CLOSES = {"'": "'", '"': '"', "(": ")"}


def show(console: Console, text: str) -> None:
    """Print it as wide as the terminal is."""
    lines = [_without_filling(line) for line in console.render_lines(_Markdown(text), pad=False)]
    while lines and not lines[-1]:
        lines.pop()
    for line in lines:
        console.print(Segments([*line, Segment.line()]), soft_wrap=True, end="")


def continued(command: str, width: int) -> Iterator[str]:
    """The lines of a command for a shell: what is too wide goes on after a backslash.

    It is parted between words, and never in a quoted one, in `$(…)` or in a comment; so a line
    may stay wider than asked.
    """
    line = ""
    for word in _words(command):
        wider = f"{line} {word}" if line else word
        if line and len(wider) + len(" \\") > width and not word.startswith("#"):
            yield f"{line} \\"
            line = " " * _INDENT + word
        else:
            line = wider
    yield line


def _words(command: str) -> Iterator[str]:
    """Parted at each space that nothing is open around; a comment is one word."""
    word, escaped = "", False
    opened: list[str] = []
    for at, letter in enumerate(command):
        if letter == "#" and not word and not opened:
            yield command[at:]
            return
        if letter == " " and not opened and not escaped:
            yield word
            word = ""
            continue
        word += letter
        if escaped:
            escaped = False
        elif letter == "\\" and opened[-1:] != ["'"]:
            escaped = True
        else:
            _open_or_close(opened, word)
    yield word


def _open_or_close(opened: list[str], word: str) -> None:
    """What the last letter of a word does to the quotes and parentheses that are open, as bash."""
    inner, letter = opened[-1] if opened else "", word[-1]
    if inner == "'" and letter != "'":
        return
    if inner and letter == _CLOSES[inner]:
        opened.pop()
    elif letter == '"' or (letter == "'" and inner != '"'):
        opened.append(letter)
    elif word.endswith("$(") or (letter == "(" and inner == "("):
        opened.append("(")


class _Code(CodeBlock):
    """Commands, or a file, with nothing before and behind them that does not belong to them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        yield Text()
        if self.lexer_name == CONSOLE:
            for line in code.splitlines():
                yield from _told(line, options.max_width)
        else:
            yield Syntax(
                code,
                self.lexer_name,
                theme="ansi_dark",
                background_color="default",
                word_wrap=True,
            )
        yield Text()


def _told(line: str, width: int) -> Iterator[Text]:
    if not line.startswith(PROMPT):
        yield Text(line)
        return
    first, *rest = continued(line.removeprefix(PROMPT), width - len(PROMPT))
    yield Text.assemble((PROMPT, "dim"), (first, "bold"))
    for each in rest:
        yield Text(each, "bold")


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
    }


def _without_filling(line: list[Segment]) -> list[Segment]:
    """A line without the spaces at its end."""
    while line and not line[-1].text.rstrip():
        line = line[:-1]
    if not line:
        return []
    *before, last = line
    return [*before, Segment(last.text.rstrip(), last.style)]
