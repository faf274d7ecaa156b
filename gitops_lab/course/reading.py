"""Doing what a step's text says, word by word, as a learner who types every command in it.

Commands in `console` blocks run in one shell's order in the clone. Where the text asks for an edit,
the edits of the official solution are made: before the text's own `git add` or `git commit`, or, if
it leaves these to the learner, at the word *commit*.
"""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gitops_lab.course.hands import QUIET, TIMEOUT, ActionFailed
from gitops_lab.course.idle import wait_idle
from gitops_lab.course.session import Session
from gitops_lab.lab import Commit, Step
from gitops_lab.lab.changes import ChangeError
from gitops_lab.lab.console import Command, Prose, commands, story
from gitops_lab.lab.template import render

LOOK = 2.0
"""Seconds after which a command that goes on is ended."""
_COMMIT = re.compile(r"\bcommit\b", re.IGNORECASE)


def has_commands(step: Step) -> bool:
    """Whether a step's text has anything to type."""
    return bool(commands(step.text.do))


def read_along(session: Session, step: Step) -> None:
    """Follow a step's text to its end. Raises `ActionFailed` for a command that ends otherwise."""
    _Reader(session, step).read()


class _Reader:
    def __init__(self, session: Session, step: Step) -> None:
        self.session = session
        self.story = story(render(step.text.do, session.workspace.parameters))
        self.edits = [action for action in step.solution if isinstance(action, Commit)]
        self.typed = any(isinstance(p, Command) and p.git("commit") for p in self.story)
        self.written = False
        names = [repository.name for repository in session.lab.repositories]
        self.place = session.hands.clone(names[0]).path if names else Path.cwd()

    def read(self) -> None:
        """Prose and commands in order, then what the text left to the learner."""
        for piece in self.story:
            if isinstance(piece, Prose):
                if not self.typed and _COMMIT.search(piece.text):
                    self._commit()
            else:
                self._type(piece)
        while self.edits:
            self._commit()

    def _commit(self) -> None:
        """The next commit of the solution; one that the text's commands have made is skipped."""
        if self.edits:
            with contextlib.suppress(ChangeError):
                self.session.hands.do(self.edits.pop(0))
            wait_idle(self.session.world())

    def _type(self, command: Command) -> None:
        if command.git("add", "rm", "mv", "commit", "diff") and self.edits and not self.written:
            with contextlib.suppress(ChangeError):
                self.session.hands.edit(self.edits.pop(0))
            self.written = True
        self._run(command)
        if command.git("commit"):
            self.written = False
        if not command.reads:
            wait_idle(self.session.world())

    def _run(self, command: Command) -> None:
        with tempfile.NamedTemporaryFile("r") as place:
            script = f"{command.text}\nstatus=$?\npwd > {place.name}\nexit $status"
            try:
                code, output = _bash(script, self.place, self._environment(), command)
            finally:
                self.place = Path(place.read().strip() or self.place)
        if command.goes_on:
            return
        if bool(code) != command.fails:
            ended = f"failed with exit code {code}" if code else "succeeded, and should fail"
            raise ActionFailed(f"README.md: `{command.text}` {ended}: {output.strip()[-600:]}")

    def _environment(self) -> Mapping[str, str]:
        return {**self.session.workspace.environment(), **QUIET}


def _bash(
    script: str, place: Path, environment: Mapping[str, str], command: Command
) -> tuple[int, str]:
    """Run a script in a session of its own, and end all of it when its time is up."""
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=place,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=LOOK if command.goes_on else TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 15)
            output, _ = process.communicate()
            if not command.goes_on:
                raise ActionFailed(
                    f"README.md: `{command.text}` did not end within {TIMEOUT:.0f} s."
                ) from None
    return process.returncode, output.decode(errors="replace")
