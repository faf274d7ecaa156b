"""`gitops-lab demo LAB`: the whole lab plays by itself, narrated; or on a stage."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.learn import found_lab
from gitops_lab.cli.options import Provider, Yes
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.cli.staging import Wanted
    from gitops_lab.course import Session
    from gitops_lab.lab import Lab


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("demo")(demo)


def demo(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="A name of `list`, or a folder.")],
    provider: Provider = "embedded",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the workspace running at the end.")
    ] = False,
    yes: Yes = False,
    *,
    on_stage: Annotated[
        bool, typer.Option("--present", help="At your key: next, back, skip, jump, restore.")
    ] = False,
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="Play all chapters twice; keep a recording of them."),
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE.cast", help="For asciinema; FILE.svg beside it."),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option("--recording", metavar="FILE.cast", help="Where `f` goes on from."),
    ] = None,
    room: Annotated[
        bool, typer.Option("--class", help="Open the page for a room: big, with what to watch.")
    ] = False,
    typing: Annotated[
        int, typer.Option("--typing", metavar="MS", min=0, help="Milliseconds for each letter.")
    ] = 35,
) -> None:
    """Play a whole lab unattended, each step with the command that does the same by hand.

    With --present it is yours to play, on a stage; with --class a room can watch.
    """
    from gitops_lab.cli import staging

    if record is not None:
        _fits(record)
    terminal = Terminal()
    wanted = staging.Wanted(found_lab(lab, terminal, yes=yes), typing, room, recording)
    start = _session(terminal, wanted.lab, provider, keep=keep)
    if on_stage:
        staging.present(wanted, start)
    elif record is not None:
        staging.record(wanted, start, record)
    elif rehearse:
        if not staging.rehearse(wanted, start):
            raise typer.Exit(1)
    else:
        _unattended(wanted, start, keep=keep)


def _fits(record: Path) -> None:
    """Refuse what can't be recorded into, before anything is started."""
    if record.suffix != ".cast":
        raise UsageError(
            f"a recording is a file that ends in .cast, and {record.name} does not.",
            reason="NoCast",
            hint="The animated picture gets the same name with .svg.",
        )
    if not record.parent.is_dir():
        raise UsageError(
            f"there is no folder {record.parent} for the recording.",
            reason="NoFolder",
            hint="Make it first, or name another file.",
        )


def _unattended(
    wanted: "Wanted", start: "contextlib.AbstractContextManager[Session]", *, keep: bool
) -> None:
    from gitops_lab.cli import staging
    from gitops_lab.cli.present import played
    from gitops_lab.course.stage import Stage

    begun, lab = time.monotonic(), wanted.lab
    terminal = Terminal()
    terminal.title(f"{lab.title}\n")
    terminal.say(lab.summary)
    _command(terminal, f"gitops-lab start {lab.name}")
    with start as session:
        stage, chapter = Stage(session), ""
        reader = staging.audience(terminal, session, wanted)
        while (beat := stage.beat) is not None:
            stage.tell()
            terminal.say()
            if beat.step != chapter:
                chapter = beat.step
                _chapter(terminal, session, chapter)
            if beat.say:
                terminal.say(beat.say.strip())
            reader(beat.say)
            _command(terminal, beat.command)
            played(terminal, stage.play(lambda told: None))
        terminal.say()
    if not keep:
        _command(terminal, "gitops-lab stop && gitops-lab down")
        terminal.say(
            f"  ✓ Nothing is left running  ({time.monotonic() - begun:.0f} s in all)", "green"
        )
        terminal.say(f"\nNow you: `gitops-lab start {lab.name}`.")


@contextlib.contextmanager
def _session(terminal: Terminal, lab: "Lab", provider: str, *, keep: bool) -> Iterator["Session"]:
    """A workspace for the show, apart from the learner's own of the same lab.

    Its parameters are always the same, so that a recording shows what the stage does.
    """
    import tempfile

    from gitops_lab import workspace as workspaces
    from gitops_lab.course import Options, Progress, Session

    name = f"demo-{lab.name}"
    home = workspaces.default_home()
    if name in workspaces.workspaces(home):
        workspaces.down(workspaces.open_workspace(name, home=home))
    clones = Path(tempfile.mkdtemp(prefix="gitops-lab-demo-"))
    session = None
    try:
        options = Options(
            workspace=name,
            clones=clones,
            provider=provider,
            parameters=lab.example_parameters,
        )
        session, _ = Session.start(
            lab, options, home=home, report=terminal.step, progress=Progress(clones)
        )
        yield session
    finally:
        if session is not None and not keep:
            workspaces.stop(session.workspace)
            workspaces.down(session.workspace)
        if not keep:
            shutil.rmtree(clones, ignore_errors=True)


def _chapter(terminal: Terminal, session: "Session", step: str) -> None:
    view = session.view(session.lab.step(step))
    terminal.title(f"Step {view.number} of {view.total}: {view.title}")
    terminal.say(f"In a workspace of your own, `gitops-lab solve {step}` does it alone.\n", "dim")


def _command(terminal: Terminal, command: str) -> None:
    from gitops_lab.cli.terminal import command as typed

    for line in command.replace("gitops-lab ", f"{typed()} ").splitlines():
        terminal.say(f"$ {line}", "bold cyan")
