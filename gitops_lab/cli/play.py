"""`gitops-lab demo LAB`: the whole lab plays by itself, narrated."""

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import show
from gitops_lab.cli.learn import found_lab
from gitops_lab.cli.options import Provider, Yes
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.cli.keys import Keys
    from gitops_lab.course import Played, Session
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
        bool, typer.Option("--rehearse", help="Play all chapters twice and tell what went wrong.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE.cast", help="Record the show for asciinema."),
    ] = None,
    typing: Annotated[
        int, typer.Option("--typing", metavar="MS", min=0, help="Milliseconds for each letter.")
    ] = 35,
) -> None:
    """Play a whole lab unattended, each step with the command that does the same by hand.

    With --present it is yours to play, on a stage.
    """
    if record is not None and not record.parent.is_dir():
        raise UsageError(
            f"there is no folder {record.parent} for the recording.",
            reason="NoFolder",
            hint="Make it first, or name another file.",
        )
    terminal = Terminal()
    found = found_lab(lab, terminal, yes=yes)
    if on_stage or rehearse or record:
        keys = _keys() if on_stage else None
        with _session(terminal, found, provider, keep=keep) as session:
            fine = _staged(session, keys, record, typing)
        if not fine:
            raise typer.Exit(1)
        return
    _unattended(terminal, found, provider, keep=keep)


def _keys() -> "Keys":
    """Asked for first: without a keyboard nothing has to be started."""
    from gitops_lab.cli.keys import Keys

    return Keys()


def _staged(session: "Session", keys: "Keys | None", record: Path | None, typing: int) -> bool:
    """Present, record or rehearse; whether all was fine."""
    from gitops_lab.cli import present
    from gitops_lab.cli.cast import Cast, ShowTerminal
    from gitops_lab.course.stage import Stage

    stage = Stage(session)
    size = shutil.get_terminal_size()
    title = session.lab.title
    cast = Cast(sys.stdout, record, title, (size.columns, size.lines)) if record else None
    terminal = ShowTerminal(cast, typing_ms=typing)
    try:
        if keys is not None:
            terminal.say(f"\nThe live page, for the audience: {session.workspace.page_link()}")
            terminal.say("Your notes are beside it, under “Speaker notes”.", "dim")
            with keys:
                present.Presenter(terminal, stage, keys).run()
        elif cast is not None:
            present.record(terminal, stage)
        else:
            return present.rehearse(terminal, stage)
    finally:
        if cast is not None:
            cast.close()
    return True


def _unattended(terminal: Terminal, found: "Lab", provider: str, *, keep: bool) -> None:
    from gitops_lab import course

    begun = time.monotonic()
    terminal.title(f"{found.title}\n")
    terminal.say(found.summary)
    _command(terminal, f"gitops-lab start {found.name}")
    with _session(terminal, found, provider, keep=keep) as session:
        chapter = ""
        for beat in course.script(session):
            terminal.say()
            if beat.step != chapter:
                chapter = beat.step
                _chapter(terminal, session, chapter)
            if beat.say:
                terminal.say(beat.say.strip())
            _command(terminal, beat.command)
            _played(terminal, course.play(session, beat))
        terminal.say()
    if not keep:
        _command(terminal, "gitops-lab stop && gitops-lab down")
        terminal.say(
            f"  ✓ Nothing is left running  ({time.monotonic() - begun:.0f} s in all)", "green"
        )
        terminal.say(f"\nNow you: `gitops-lab start {found.name}`.")


@contextlib.contextmanager
def _session(terminal: Terminal, lab: "Lab", provider: str, *, keep: bool) -> Iterator["Session"]:
    """A workspace for the show, apart from the learner's own of the same lab."""
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
        options = Options(workspace=name, clones=clones, provider=provider)
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


def _played(terminal: Terminal, played: "Played") -> None:
    for line in played.lines:
        terminal.say(f"  {line}")
    for verdict in played.verdicts:
        show.verdict(terminal, verdict)
    if played.beat.kind == "act":
        terminal.say(f"  ({played.seconds:.1f} s)", "dim")
