"""A lab on a stage: the beats of the demo with a position in them, forwards and backwards.

Where the show goes, the state goes too: a chapter is put back by the same reset that a learner
has, and what was shown of it up to then is done again. Nothing is printed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gitops_lab.course.demo import Beat, Played, play, script
from gitops_lab.course.session import Session
from gitops_lab.workspace.notes import Notes, write_notes

Waiting = Callable[[str], None]


@dataclass(frozen=True)
class Chapter:
    """A step of the lab; `first` is the position of its first beat."""

    step: str
    title: str
    first: int


class Stage:
    """The show of one session. `position` is the beat that comes next."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.beats = tuple(script(session))
        steps = list(dict.fromkeys(beat.step for beat in self.beats))
        self.chapters = tuple(self._chapter_of(step) for step in steps)
        self.position = 0
        self._began = self._chapter_began = time.time()

    @property
    def beat(self) -> Beat | None:
        """What comes next; None at the end."""
        return self.beats[self.position] if self.position < len(self.beats) else None

    @property
    def chapter(self) -> Chapter:
        """The chapter of what comes next; the last one at the end."""
        begun = [each for each in self.chapters if each.first <= self.position]
        return begun[-1]

    def play(self, waiting: Waiting) -> Played:
        """Play the next beat and wait until it has taken effect.

        Raises `CheckFailed` when a check hasn't the colour that the show needs, `ActionFailed` or
        `GitError`; then the position stays.
        """
        before = self.chapter
        played = play(self.session, self.beats[self.position], waiting=waiting)
        self.position += 1
        self._note_chapter(before)
        return played

    def skip(self, waiting: Waiting) -> None:
        """Leave the next beat out, but do what it does."""
        beat = self.beat
        if beat is None:
            return
        if beat.kind in ("act", "green"):
            self.play(waiting)
            return
        before = self.chapter
        self.position += 1
        self._note_chapter(before)

    def back(self, waiting: Waiting) -> None:
        """To before the last beat, and so everything in Git and the clusters."""
        if self.position == 0:
            return
        before = self.chapter
        self.position -= 1
        self._note_chapter(before)
        if self.beats[self.position].action is not None:
            self._rebuild(waiting)

    def jump(self, number: int, waiting: Waiting) -> None:
        """To the beginning of a chapter, counted from 1. Raises IndexError."""
        chapter = self.chapters[number - 1]
        self.position = chapter.first
        self._chapter_began = time.time()
        self._rebuild(waiting)

    def restore(self, waiting: Waiting) -> None:
        """After an accident: everything as it should be here."""
        self._rebuild(waiting)

    def tell(self, waits: str = "") -> None:
        """Tell the second screen where the show is."""
        beat, after = self.beat, self.beats[self.position + 1 : self.position + 2]
        notes = Notes(
            chapter=self.chapter.title,
            number=min(self.position + 1, len(self.beats)),
            total=len(self.beats),
            say=beat.say.strip() if beat else "The end.",
            command=beat.command if beat else "",
            next_say=after[0].say.strip() if after else "",
            next_command=after[0].command if after else "",
            waits=waits,
            began_at=self._began,
            chapter_at=self._chapter_began,
        )
        write_notes(self.session.workspace.root, notes)

    def _rebuild(self, waiting: Waiting) -> None:
        """The chapter from its start, up to the position."""
        chapter = self.chapter
        self.session.reset(chapter.step, waiting=waiting)
        for beat in self.beats[chapter.first : self.position]:
            if beat.action is not None:
                play(self.session, beat, waiting=waiting)

    def _chapter_of(self, step: str) -> Chapter:
        first = next(n for n, beat in enumerate(self.beats) if beat.step == step)
        return Chapter(step, self.session.view(self.session.lab.step(step)).title, first)

    def _note_chapter(self, before: Chapter) -> None:
        if self.chapter != before:
            self._chapter_began = time.time()
