"""`gitops-lab demo LAB`: the whole lab plays by itself, narrated."""

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import show
from gitops_lab.cli.learn import found_lab
from gitops_lab.cli.options import Provider, Yes
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
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
) -> None:
    """Play a whole lab unattended, each step with the command that does the same by hand."""
    from gitops_lab import course

    terminal = Terminal()
    found = found_lab(lab, terminal, yes=yes)
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
    import shutil
    import tempfile
    from pathlib import Path

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
