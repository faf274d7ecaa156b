"""A lab on a stage: `demo LAB --present`, `--rehearse` and `--record`."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gitops_lab.cli import show
from gitops_lab.cli.cast import ShowTerminal
from gitops_lab.cli.keys import Keys
from gitops_lab.cli.terminal import command as as_called
from gitops_lab.errors import GitOpsLabError

if TYPE_CHECKING:
    from gitops_lab.cli.terminal import Terminal
    from gitops_lab.course import Played
    from gitops_lab.course.stage import Stage

HELP = "space plays · b back · s skip · j jump · r restore · q quit"
ROUNDS = 2


class Presenter:
    """Plays a stage at the presenter's keys: one types the command, the next one runs it."""

    def __init__(self, terminal: ShowTerminal, stage: "Stage", keys: Keys) -> None:
        self._terminal = terminal
        self._stage = stage
        self._keys = keys
        self._told: object = None

    def run(self) -> None:
        """Until the presenter quits."""
        while True:
            self._announce()
            key = self._keys.read()
            if key == "quit":
                return
            try:
                self._do(key)
            except GitOpsLabError as error:
                self._terminal.say(f"  ✗ {error.paragraph()}", "red")
                self._terminal.say("  r brings this chapter back to where it should be.", "dim")

    def _announce(self) -> None:
        stage, terminal = self._stage, self._terminal
        stage.tell()
        if stage.chapter != self._told:
            self._told = stage.chapter
            number = stage.chapters.index(stage.chapter) + 1
            title = f"Chapter {number} of {len(stage.chapters)}: {stage.chapter.title}"
            terminal.title(f"\n{title}")
        beat = stage.beat
        if beat is None:
            terminal.say("\nThe end.", "bold")
        elif beat.say:
            terminal.say(beat.say.strip())
        place = f"[{min(stage.position + 1, len(stage.beats))}/{len(stage.beats)}]"
        terminal.say(f"{place} {HELP}", "dim")

    def _do(self, key: str) -> None:
        match key:
            case "next":
                self._next()
            case "back":
                self._moved("Back", self._stage.back)
            case "skip":
                self._moved("Skipped", self._stage.skip)
            case "restore":
                self._moved("Restored", self._stage.restore)
            case "jump":
                self._jump()

    def _next(self) -> None:
        beat = self._stage.beat
        if beat is None:
            return
        type_command(self._terminal, beat.command)
        if self._keys.read() != "next":
            self._terminal.say("  not run", "dim")
            return
        played(self._terminal, self._stage.play(self._waiting))

    def _jump(self) -> None:
        for number, chapter in enumerate(self._stage.chapters, 1):
            self._terminal.say(f"  {number}  {chapter.title}")
        self._terminal.say("  which one?", "dim")
        number = self._keys.number()
        if 1 <= number <= len(self._stage.chapters):
            self._told = None
            self._moved(f"At chapter {number}", lambda w: self._stage.jump(number, w))

    def _moved(self, told: str, move: Callable[[Callable[[str], None]], None]) -> None:
        begun = time.monotonic()
        move(self._waiting)
        self._terminal.say(f"  {told}  ({time.monotonic() - begun:.1f} s)", "green")

    def _waiting(self, told: str) -> None:
        self._terminal.say(f"  … {told}", "dim")
        self._stage.tell(told)


def type_command(terminal: ShowTerminal, command: str) -> None:
    """Each line of a command, letter by letter."""
    for line in command.replace("gitops-lab ", f"{as_called()} ").splitlines():
        terminal.typed(line)


def played(terminal: "Terminal", done: "Played") -> None:
    """What came of a beat."""
    for line in done.lines:
        terminal.say(f"  {line}")
    for verdict in done.verdicts:
        show.verdict(terminal, verdict)
    if done.beat.kind == "act":
        terminal.say(f"  ({done.seconds:.1f} s)", "dim")


def record(terminal: ShowTerminal, stage: "Stage") -> None:
    """Play all, typed, for a recording."""
    told = None
    while (beat := stage.beat) is not None:
        if stage.chapter != told:
            told = stage.chapter
            terminal.mark(told.title)
            terminal.title(f"\n{told.title}\n")
        if beat.say:
            terminal.say(beat.say.strip())
        type_command(terminal, beat.command)
        played(terminal, stage.play(lambda reason: terminal.say(f"  … {reason}", "dim")))
        terminal.say()


def rehearse(terminal: "Terminal", stage: "Stage") -> bool:
    """Play every chapter twice, from its own start, and tell how long each took.

    False when something went wrong, or would on this machine.
    """
    from gitops_lab import workspace
    from gitops_lab.workspace.doctor import examine, this_machine

    fine, rows = True, []
    for chapter in stage.chapters * ROUNDS:
        begun, restored = time.monotonic(), 0.0
        try:
            stage.jump(stage.chapters.index(chapter) + 1, lambda told: None)
            restored = time.monotonic() - begun
            while stage.beat is not None and stage.chapter == chapter:
                stage.play(lambda told: None)
            told = "fine"
        except GitOpsLabError as error:
            fine, told = False, error.paragraph()
        took = time.monotonic() - begun
        rows.append((chapter.title, f"{restored:.1f} s", f"{took - restored:.1f} s", told))
        terminal.say(f"  {'✓' if told == 'fine' else '✗'} {chapter.title}  {took:.1f} s")
    terminal.say()
    terminal.table(("CHAPTER", "RESTORED IN", "PLAYED IN", "RESULT"), rows)
    for finding in examine(this_machine(workspace.default_home())).findings:
        if finding.level != "ok" and "embedded" in finding.providers:
            terminal.say(f"  ! {finding.name}: {finding.seen} {finding.fix}".rstrip(), "yellow")
            fine = fine and finding.level != "fail"
    terminal.say("\nReady." if fine else "\nNot ready: see above.", "green" if fine else "red")
    return fine
