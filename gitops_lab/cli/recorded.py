"""Recordings of shows, read again: beat by beat, to go on with when the real thing fails on stage.

A machine keeps one for each lab, which its last good rehearsal made.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.cli.cast import ShowTerminal
    from gitops_lab.course import Beat
    from gitops_lab.course.stage import Show
    from gitops_lab.lab import Lab

FIELD = "gitops-lab"
"""In the header of a cast, where players look for nothing: the lab and the beats."""


@dataclass(frozen=True)
class Piece:
    """Something that was written, some seconds after what was written before it."""

    pause: float
    data: str


@dataclass(frozen=True)
class Segment:
    """A beat as it was recorded: what was said before the presenter's key, what was done after."""

    said: tuple[Piece, ...] = ()
    done: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Recording:
    """A recorded show. `script` is the fingerprint of the lab's show at that time.

    `output` is all that was written, each with the seconds since the beginning.
    """

    lab: str
    script: str
    title: str
    size: tuple[int, int]
    made_at: float
    beats: "tuple[Beat, ...]"
    titles: dict[str, str]
    segments: tuple[Segment, ...]
    most_pause: float
    output: tuple[tuple[float, str], ...]

    def show(self) -> "Show":
        """The recorded beats as a show of their own, for when there is no workspace."""
        from gitops_lab.course.stage import Show

        return Show(self.beats, self.titles)

    def segment(self, position: int) -> Segment:
        """What was recorded of a beat; nothing behind the end."""
        return self.segments[position] if position < len(self.segments) else Segment()

    def seconds(self, step: str) -> float:
        """How long a chapter took to play, without pauses to read."""
        mine = [s for s, b in zip(self.segments, self.beats, strict=False) if b.step == step]
        return sum(piece.pause for segment in mine for piece in segment.done)

    def replay(self, terminal: "ShowTerminal", pieces: Sequence[Piece]) -> None:
        """Write what was recorded at its own pace, long pauses shortened."""
        for piece in pieces:
            time.sleep(min(piece.pause, self.most_pause))
            terminal.raw(piece.data)


def header(lab: "Lab", show: "Show", script: str) -> dict[str, Any]:
    """What a cast's header has to hold for `read`."""
    beats = [{**asdict(replace(beat, action=None)), "action": None} for beat in show.beats]
    titles = {chapter.step: chapter.title for chapter in show.chapters}
    return {FIELD: {"lab": lab.name, "script": script, "beats": beats, "titles": titles}}


def place(home: Path, lab: "Lab") -> Path:
    """Where the recording of a lab is kept on this machine."""
    return home / "recordings" / f"{lab.name}.cast"


def found(file: Path, script: str) -> "tuple[Recording | None, str]":
    """The recording in a file, or None and why there is none that fits the lab as it is."""
    if not file.exists():
        return None, "There is no recording of this show here; `--rehearse` makes one."
    try:
        recording = read(file)
    except UsageError as error:
        return None, error.message
    if recording.script != script:
        return (
            None,
            "The recording is of another version of this lab; `--rehearse` makes a new one.",
        )
    return recording, ""


def read(file: Path) -> Recording:
    """A cast that this program has written. Raises UsageError for any other file."""
    from gitops_lab.course import Beat

    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        head, events = lines[0], lines[1:]
        own = head[FIELD]
        beats = tuple(Beat(**beat) for beat in own["beats"])
        segments = tuple(_segments(events))
        limit = float(head["idle_time_limit"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(
            f"{file} is no recording of a show of ours ({type(error).__name__}: {error}).",
            reason="NoRecording",
            hint="`gitops-lab demo LAB --rehearse` makes one for this machine.",
        ) from error
    if len(segments) != len(beats):
        raise UsageError(
            f"the recording {file} ends after {len(segments)} of {len(beats)} beats.",
            reason="NoRecording",
            hint="`gitops-lab demo LAB --rehearse` makes a new one.",
        )
    return Recording(
        lab=own["lab"],
        script=own["script"],
        title=head["title"],
        size=(int(head["width"]), int(head["height"])),
        made_at=float(head["timestamp"]),
        beats=beats,
        titles=own["titles"],
        segments=segments,
        most_pause=limit,
        output=tuple((float(at), data) for at, code, data in events if code == "o"),
    )


def _segments(events: Sequence[Any]) -> Iterator[Segment]:
    said: list[Piece] = []
    done: list[Piece] = []
    into, begun, last = said, False, 0.0
    for at, code, data in events:
        if code == "m":
            if begun:
                yield Segment(tuple(said), tuple(done))
            said, done = [], []
            into, begun = said, True
        elif code == "i":
            into = done
        elif code == "o":
            into.append(Piece(max(0.0, float(at) - last), str(data)))
        last = float(at)
    if begun:
        yield Segment(tuple(said), tuple(done))
