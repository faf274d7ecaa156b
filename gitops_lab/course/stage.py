"""A lab on a stage: the beats of the demo with a position in them, forwards and backwards.

Where the show goes, the state goes too: a chapter is put back by the same reset that a learner
has, and what was shown of it up to then is done again. Nothing is printed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gitops_lab.course.demo import Beat, Played, play, script
from gitops_lab.course.session import Session
from gitops_lab.workspace import resume
from gitops_lab.workspace.notes import Notes, write_notes

Waiting = Callable[[str], None]


@dataclass(frozen=True)
class Chapter:
    """A step of the lab; `first` is the position of its first beat."""

    step: str
    title: str
    first: int


class Show:
    """Beats with a position among them: the number of the beat that comes next. Moves freely."""

    def __init__(self, beats: Sequence[Beat], titles: Mapping[str, str]) -> None:
        self.beats = tuple(beats)
        steps = list(dict.fromkeys(beat.step for beat in self.beats))
        self.chapters = tuple(self._chapter_of(step, titles[step]) for step in steps)
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

    def go(self, position: int) -> None:
        """To before that beat; to the end or the beginning when there is no such."""
        before = self.chapter
        self.position = max(0, min(position, len(self.beats)))
        if self.chapter != before:
            self._chapter_began = time.time()

    def tell(self, waits: str = "") -> None:
        """Tell the second screen where the show is, if there is one."""

    def _chapter_of(self, step: str, title: str) -> Chapter:
        first = next(n for n, beat in enumerate(self.beats) if beat.step == step)
        return Chapter(step, title, first)


class Stage(Show):
    """The show of one session, which takes the state along wherever it goes."""

    def __init__(self, session: Session) -> None:
        titles = {step.id: session.view(step).title for step in session.lab.steps}
        super().__init__(script(session), titles)
        self.session = session

    def play(self, waiting: Waiting) -> Played:
        """Play the next beat and wait until it has taken effect.

        Raises `CheckFailed` when a check hasn't the colour that the show needs, `ActionFailed` or
        `GitError`; then the position stays.
        """
        played = play(self.session, self.beats[self.position], waiting=waiting)
        self.go(self.position + 1)
        return played

    def skip(self, waiting: Waiting) -> None:
        """Leave the next beat out, but do what it does."""
        beat = self.beat
        if beat is None:
            return
        if beat.kind in ("act", "green"):
            self.play(waiting)
        else:
            self.go(self.position + 1)

    def back(self, waiting: Waiting) -> None:
        """To before the last beat, and so everything in Git and the clusters."""
        if self.position == 0:
            return
        self.go(self.position - 1)
        if self.beats[self.position].action is not None:
            self._rebuild(waiting)

    def jump(self, number: int, waiting: Waiting) -> None:
        """To the beginning of a chapter, counted from 1. Raises IndexError."""
        chapter = self.chapters[number - 1]
        self.position = chapter.first
        self._chapter_began = time.time()
        self._rebuild(waiting)

    def restore(self, waiting: Waiting) -> None:
        """After an accident: everything as it should be here, processes that have ended too."""
        session = self.session
        if not session.workspace.running():
            waiting("the workspace, which had ended")
            workspace = resume(session.workspace, report=lambda report: None)
            self.session = Session(session.lab, workspace, session.progress)
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
            watch=beat.watch if beat else "",
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
