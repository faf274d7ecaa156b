"""What a show needs around it: a terminal for the audience, the page for a room, a recording."""

import contextlib
import io
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_lab.cli import present as presenting
from gitops_lab.cli import recorded
from gitops_lab.cli.cast import Cast, ShowTerminal, reading
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import GitOpsLabError

if TYPE_CHECKING:
    from gitops_lab.course import Session
    from gitops_lab.course.stage import Stage
    from gitops_lab.lab import Lab

    Start = contextlib.AbstractContextManager[Session]


@dataclass(frozen=True)
class Wanted:
    """What is to be shown and how: milliseconds a letter, a page for the room, a recording."""

    lab: "Lab"
    typing: int
    room: bool = False
    recording: Path | None = None

    @property
    def script(self) -> str:
        """The fingerprint of the show."""
        from gitops_lab.course.demo import fingerprint

        return fingerprint(self.lab)


def present(wanted: Wanted, start: "Start") -> None:
    """Play at the presenter's keys; from the recording alone when no workspace comes up."""
    from gitops_lab.cli.keys import Keys
    from gitops_lab.course.stage import Stage
    from gitops_lab.workspace import default_home

    keys = Keys()  # asked for first: without a keyboard nothing has to be started
    kept = wanted.recording or recorded.place(default_home(), wanted.lab)
    recording, why_none = recorded.found(kept, wanted.script)
    terminal = ShowTerminal(typing_ms=wanted.typing)
    with contextlib.ExitStack() as stack:
        stage = None
        try:
            session = stack.enter_context(start)
            stage = Stage(session)
            _links(terminal, session, wanted)
        except GitOpsLabError as error:
            if recording is None:
                raise
            terminal.say(f"  ✗ {error.paragraph()}", "red")
            terminal.say("  So this is the recording.", "yellow")
        if recording is None:
            terminal.say(f"  {why_none}", "yellow")
        stack.enter_context(keys)
        presenting.Presenter(terminal, stage, keys, recording, why_none).run()


def record(wanted: Wanted, start: "Start", file: Path) -> None:
    """Play all for a recording: a cast, and an animated picture beside it."""
    from gitops_lab.cli.animation import animated
    from gitops_lab.course.stage import Stage

    with start as session:
        stage = Stage(session)
        with contextlib.closing(_cast(wanted, stage, file, live=True)) as cast:
            presenting.record(ShowTerminal(cast, typing_ms=wanted.typing), stage)
    picture = file.with_suffix(".svg")
    picture.write_text(animated(recorded.read(file)), encoding="utf-8")
    Terminal().say(f"{file}, and {picture} for pages that play nothing.")


def rehearse(wanted: Wanted, start: "Start") -> bool:
    """Play everything twice; keep a recording of the second time if all was fine."""
    from gitops_lab.course.stage import Stage
    from gitops_lab.workspace import default_home

    terminal, file = Terminal(), recorded.place(default_home(), wanted.lab)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    try:
        with start as session:
            stage = Stage(session)
            with contextlib.closing(_cast(wanted, stage, draft, live=False)) as cast:
                film = ShowTerminal(cast, typing_ms=wanted.typing)
                fine = presenting.rehearse(terminal, stage, film)
        if fine:
            recorded.read(draft)
            draft.replace(file)
            terminal.say(f"\nRecorded: {file}. On stage, f goes on from it.")
    finally:
        draft.unlink(missing_ok=True)
    fine = presenting.suits(terminal, shutil.get_terminal_size()) and fine
    terminal.say("\nReady." if fine else "\nNot ready: see above.", "green" if fine else "red")
    return fine


def audience(terminal: Terminal, session: "Session", wanted: Wanted) -> Callable[[str], None]:
    """Show a room its page, if it is to have one; what lets it read then."""
    if not wanted.room:
        return lambda text: None
    _open(terminal, session)
    return lambda text: time.sleep(reading(text))


def _links(terminal: Terminal, session: "Session", wanted: Wanted) -> None:
    if wanted.room:
        _open(terminal, session)
    else:
        terminal.say(f"\nThe live page, for the audience: {session.workspace.page_link()}")
    terminal.say("Your notes are beside it, under “Speaker notes”.", "dim")


def _open(terminal: Terminal, session: "Session") -> None:
    """Open the page for the room in a browser, where there is one."""
    import webbrowser

    link = session.workspace.page_link("class")
    terminal.say(f"\nThe live page, for the room: {link}")
    webbrowser.open(link)


def _cast(wanted: Wanted, stage: "Stage", file: Path, *, live: bool) -> Cast:
    out = sys.stdout if live else io.StringIO()
    size = shutil.get_terminal_size()
    head = recorded.header(wanted.lab, stage, wanted.script)
    return Cast(out, file, wanted.lab.title, (size.columns, size.lines), head)
