"""The grammar of the command line, and the one place where an error is printed."""

import atexit
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from gitops_lab import __version__
from gitops_lab.cli import (
    apps,
    author,
    bundle,
    catalog,
    doctor,
    language,
    learn,
    plain,
    play,
    secrets,
    workspaces,
)
from gitops_lab.cli.quick import pass_text_through
from gitops_lab.cli.terminal import as_typed
from gitops_lab.errors import GitOpsLabError

_VERBOSE = ("-v", "--verbose")

app = typer.Typer(
    name="gitops-lab",
    help="Learn, teach and demonstrate GitOps on one laptop.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gitops-lab {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    verbose: bool = typer.Option(
        False, "-v", "--verbose", help="Show tracebacks; stands anywhere on the line."
    ),
    lang: str = typer.Option(
        "",
        "--lang",
        metavar="LANGUAGE",
        help="en or de, for what a learner reads; kept. Stands anywhere on the line.",
    ),
    plainly: bool = typer.Option(
        False, "--plain", help="For screen readers: no colour, words for marks. Stands anywhere."
    ),
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Options of the program itself."""


pass_text_through()
learn.register(app)
workspaces.register(app)
doctor.register(app)
play.register(app)
app.add_typer(apps.app, name="app")
app.add_typer(secrets.app, name="secret")
app.add_typer(author.app, name="author")
app.add_typer(bundle.app, name="bundle")
app.add_typer(catalog.app, name="catalog")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 fine, 1 red, 2 wrong usage, 3 the workspace failed."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    atexit.register(gc.freeze)  # looking for garbage once more took longer than all else at the end
    _end_orderly()
    verbose = _take_verbose(words)
    try:
        plain.take(words)
        language.take(words)
    except GitOpsLabError as error:
        return _told(error, verbose)
    if verbose:
        os.environ["GITOPS_LAB_VERBOSE"] = "1"
    try:
        code = app(args=words, prog_name="gitops-lab", standalone_mode=False)
    except TyperException as error:
        return _misused(error)
    except (typer.Abort, KeyboardInterrupt):
        print("\nStopped.", file=sys.stderr)
        return 130
    except GitOpsLabError as error:
        return _told(error, verbose)
    except BrokenPipeError:  # `gitops-lab list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _unforeseen(error, verbose)
    return code if isinstance(code, int) else 0


def _end_orderly() -> None:
    """Let a command that is told to end (`timeout`, a closed terminal) undo what it began.

    By default Python would die on the spot, and a demo's cluster would run on. Told again, as
    `timeout` does, it is already at it.
    """
    told: list[int] = []

    def end(number: int, _: object) -> None:
        told.append(number)
        if len(told) == 1:
            sys.exit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)


def _take_verbose(words: list[str]) -> bool:
    """Take -v out of the line, wherever it stands before a `--`, as people type it last."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word not in _VERBOSE]
    found = len(kept) < end
    words[:end] = kept
    return found


def _misused(error: TyperException) -> int:
    """A line that the grammar does not know. A group without a command shows its help."""
    context = getattr(error, "ctx", None)
    text = error.format_message()
    if context is None or context.get_help() == text:
        print(text, file=sys.stderr)
        return 2
    sentence = text.rstrip(".?") + ("?" if text.endswith("?") else ".")
    print(as_typed(f"Error: {sentence} See `{context.command_path} --help`."), file=sys.stderr)
    return 2


def _told(error: GitOpsLabError, verbose: bool) -> int:
    if verbose:
        traceback.print_exc()
    print(as_typed(language.said(f"Error: {error.paragraph()}")), file=sys.stderr)
    return error.exit_code


def _unforeseen(error: Exception, verbose: bool) -> int:
    if verbose:
        traceback.print_exc()
    print(
        f"Error: this should not happen ({type(error).__name__}: {error}). Run it again with -v "
        "and report what it prints.",
        file=sys.stderr,
    )
    return 3
