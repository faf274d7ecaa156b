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
    from gitops_lab.cli.recorded import Recording
    from gitops_lab.cli.terminal import Terminal
    from gitops_lab.course import Beat, Played
    from gitops_lab.course.stage import Show, Stage

HELP = "space next · b back · s skip · j jump · r restore · f recorded · q quit"
RECORDED = "recorded: space next · b back · s skip · j jump · r for real · q quit"
ROUNDS = 2
LEAST = (80, 24)
"""Columns and rows of the smallest terminal that a show is made for."""
SOON_ENOUGH = 5.0
"""Seconds within which a chapter has to be back after an accident."""


class Presenter:
    """Plays a show at the presenter's keys: one types the command, the next one runs it.

    With a recording the show can go on from there when something breaks; without a stage (no
    workspace came up) it is all there is.
    """

    def __init__(
        self,
        terminal: ShowTerminal,
        stage: "Stage | None",
        keys: Keys,
        recording: "Recording | None" = None,
        no_recording: str = "",
    ) -> None:
        self._terminal = terminal
        self._stage = stage
        self._keys = keys
        self._recording = recording
        self._no_recording = no_recording
        self._recorded = stage is None
        self._said = -1
        self._told: object = None
        self._show: Show = stage or _recorded_show(recording)

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
                self._failed(error.paragraph())
            except KeyboardInterrupt:
                self._failed("Stopped.")

    def _failed(self, told: str) -> None:
        self._terminal.say(f"  ✗ {told}", "red")
        self._terminal.say("  r puts this chapter right again; f goes on from the recording.")

    def _announce(self) -> None:
        show, terminal = self._show, self._terminal
        show.tell()
        if show.chapter != self._told:
            self._told = show.chapter
            number = show.chapters.index(show.chapter) + 1
            terminal.title(f"\nChapter {number} of {len(show.chapters)}: {show.chapter.title}")
        if self._said != show.position:
            self._said = show.position
            terminal.narrate(show.beat.say.strip() if show.beat else "\nThe end.")
        place = f"[{min(show.position + 1, len(show.beats))}/{len(show.beats)}]"
        terminal.say(f"{place} {RECORDED if self._recorded else HELP}", "dim")

    def _do(self, key: str) -> None:
        match key:
            case "next" if self._recorded:
                self._replay()
            case "next":
                self._next()
            case "back":
                self._move("Back", lambda stage: stage.back(self._waiting), -1)
            case "skip":
                self._move("Skipped", lambda stage: stage.skip(self._waiting), 1)
            case "restore":
                self._restore()
            case "jump":
                self._jump()
            case "film":
                self._film()

    def _next(self) -> None:
        beat, stage = self._show.beat, self._stage
        if beat is None or stage is None:
            return
        type_command(self._terminal, beat.command)
        key = self._keys.read()
        if key != "next":
            self._terminal.say("  not run", "dim")
            if key == "film":
                self._film()
            return
        played(self._terminal, stage.play(self._waiting))

    def _replay(self) -> None:
        if self._recording is not None and self._show.beat is not None:
            position = self._show.position
            self._recording.replay(self._terminal, self._recording.segment(position).done)
            self._show.go(position + 1)

    def _film(self) -> None:
        if self._recording is None:
            self._terminal.say(f"  {self._no_recording}", "yellow")
            return
        when = time.strftime("%H:%M, %d %B", time.localtime(self._recording.made_at))
        self._recorded = True
        self._terminal.say(f"  From here on as it was recorded at {when}.", "yellow")

    def _restore(self) -> None:
        if self._stage is None:
            self._terminal.say("  There is no workspace; this is all recorded.", "yellow")
            return
        stage = self._stage
        self._moved("Restored", lambda: stage.restore(self._waiting))
        self._recorded = False

    def _jump(self) -> None:
        for number, chapter in enumerate(self._show.chapters, 1):
            self._terminal.say(f"  {number}  {chapter.title}")
        self._terminal.say("  which one?", "dim")
        number = self._keys.number()
        if 1 <= number <= len(self._show.chapters):
            self._told, self._said = None, -1
            by = self._show.chapters[number - 1].first - self._show.position
            self._move(f"At chapter {number}", lambda stage: stage.jump(number, self._waiting), by)

    def _move(self, told: str, move: "Callable[[Stage], None]", by: int) -> None:
        """Take the state along; in the recording there is only the position."""
        stage = self._stage
        if self._recorded or stage is None:
            self._moved(told, lambda: self._show.go(self._show.position + by))
        else:
            self._moved(told, lambda: move(stage))

    def _moved(self, told: str, move: Callable[[], object]) -> None:
        begun = time.monotonic()
        move()
        self._terminal.say(f"  {told}  ({time.monotonic() - begun:.1f} s)", "green")

    def _waiting(self, told: str) -> None:
        self._terminal.say(f"  … {told}", "dim")
        self._show.tell(told)


def _recorded_show(recording: "Recording | None") -> "Show":
    if recording is None:
        raise ValueError("a show needs a stage or a recording")
    return recording.show()


def type_command(terminal: ShowTerminal, command: str) -> None:
    """Each line of a command, letter by letter."""
    for line in command.replace("gitops-lab ", f"{as_called()} ").splitlines():
        terminal.typed(line)


def played(terminal: "Terminal", done: "Played") -> None:
    """What came of a beat."""
    for line in done.lines:
        terminal.say(f"  {line}")
    tell = show.Verdicts(terminal)
    for verdict in done.verdicts:
        tell(verdict)
    if done.beat.kind == "act":
        terminal.say(f"  ({done.seconds:.1f} s)", "dim")


def record(terminal: ShowTerminal, stage: "Stage") -> None:
    """Play all that is still to come, typed, for a recording."""
    while stage.beat is not None:
        _record_beat(terminal, stage)


def _record_beat(terminal: ShowTerminal, stage: "Stage") -> None:
    beat, chapter = stage.beats[stage.position], stage.chapter
    begins = stage.position == chapter.first
    terminal.mark(chapter.title if begins else f"{chapter.title}: {_short(beat)}")
    if begins:
        terminal.title(f"\n{chapter.title}\n")
    terminal.narrate(beat.say)
    terminal.key()
    type_command(terminal, beat.command)
    played(terminal, stage.play(lambda reason: terminal.say(f"  … {reason}", "dim")))
    terminal.say()


def _short(beat: "Beat") -> str:
    """The beat's command, as long as a player's marker may be."""
    line = beat.command.partition("\n")[0]
    return line if len(line) <= 40 else f"{line[:39]}…"


def rehearse(terminal: "Terminal", stage: "Stage", film: ShowTerminal) -> bool:
    """Play every chapter twice, from its own start, and tell how long each took.

    The last round is recorded on `film`. False when something went wrong, or would on this
    machine.
    """
    rows, fine = [], True
    for turn in range(ROUNDS):
        for number, chapter in enumerate(stage.chapters, 1):
            begun, restored = time.monotonic(), 0.0
            try:
                stage.jump(number, lambda told: None)
                restored = time.monotonic() - begun
                while stage.beat is not None and stage.chapter == chapter:
                    if turn == ROUNDS - 1:
                        _record_beat(film, stage)
                    else:
                        stage.play(lambda told: None)
                told = "fine" if restored <= SOON_ENOUGH else "slow to restore"
            except GitOpsLabError as error:
                fine, told = False, error.paragraph()
            took = time.monotonic() - begun
            rows.append((chapter.title, f"{restored:.1f} s", f"{took - restored:.1f} s", told))
            mark = {"fine": "✓", "slow to restore": "!"}.get(told, "✗")
            terminal.say(f"  {mark} {chapter.title}  {took:.1f} s")
    terminal.say()
    terminal.table(("CHAPTER", "RESTORED IN", "PLAYED IN", "RESULT"), rows)
    return fine


def suits(terminal: "Terminal", size: tuple[int, int]) -> bool:
    """Whether this machine can carry a show: what `doctor` finds, and the terminal's size."""
    from gitops_lab import workspace
    from gitops_lab.workspace.doctor import examine, this_machine

    fine = True
    for finding in examine(this_machine(workspace.default_home())).findings:
        if finding.level != "ok" and "embedded" in finding.providers:
            terminal.say(f"  ! {finding.name}: {finding.seen} {finding.fix}".rstrip(), "yellow")
            fine = fine and finding.level != "fail"
    if size[0] < LEAST[0] or size[1] < LEAST[1]:
        terminal.say(
            f"  ! terminal: {size[0]}x{size[1]} characters; the show wants "
            f"{LEAST[0]}x{LEAST[1]}. A smaller font makes room.",
            "yellow",
        )
    return fine
