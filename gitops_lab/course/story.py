"""A lab told back to the learner: their own commits, step by step, and what they thought before."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gitops_lab.course.session import Session
from gitops_lab.git import Commit
from gitops_lab.lab.template import render

MOST = 500


@dataclass(frozen=True)
class Line:
    """One commit of the learner's: where, when (seconds since 1970), and what it says."""

    repository: str
    sha: str
    at: float
    subject: str


@dataclass(frozen=True)
class Chapter:
    """One step as it went. `seconds` is from its beginning to green, 0 while it is open."""

    id: str
    title: str
    passed: bool
    seconds: float
    checks: int
    hints: int
    solved: bool
    prediction: str
    commits: tuple[Line, ...]


@dataclass(frozen=True)
class Story:
    """The whole lab as it went.

    `measured` are its numbers, and `before` those of a lab that was done by hand, with its `lab`.
    """

    lab: str
    title: str
    finished: bool
    minutes: float
    chapters: tuple[Chapter, ...]
    quiz: dict[str, bool]
    debrief: str
    measured: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def story_of(session: Session) -> Story:
    """What the learner did, from progress and from the repositories' own history."""
    record = session.record
    lines = _lines(session)
    chapters = []
    for step in session.lab.steps:
        done = record.step(step.id)
        until = done.passed_at or float("inf")
        mine = [] if not done.began_at else [e for e in lines if e.at <= until]
        lines = [line for line in lines if line not in mine]
        chapters.append(
            Chapter(
                step.id,
                step.title,
                done.passed,
                max(0.0, done.passed_at - done.began_at) if done.passed else 0.0,
                done.checks,
                len(done.hints),
                done.solved,
                done.prediction,
                tuple(mine),
            )
        )
    ended = record.finished_at or max((s.passed_at for s in record.steps.values()), default=0.0)
    return Story(
        session.lab.name,
        session.lab.title,
        record.finished_at > 0,
        max(0.0, ended - record.started_at) / 60 if ended else 0.0,
        tuple(chapters),
        dict(record.quiz),
        render(session.lab.debrief, session.workspace.parameters),
        record.measured,
        _before(session) if record.measured.get("engine") else {},
    )


def _before(session: Session) -> dict[str, Any]:
    """The numbers of the last lab without an engine that the learner has finished."""
    done = sorted(session.progress.labs().items(), key=lambda entry: entry[1].finished_at)
    by_hand = [(name, each.measured) for name, each in done if each.measured]
    found = [{"lab": name, **each} for name, each in by_hand if not each.get("engine")]
    return found[-1] if found else {}


def _lines(session: Session) -> list[Line]:
    """The commits after each repository's first, oldest first."""
    repositories = session.workspace.repositories
    found = []
    for name in repositories.names():
        commits = repositories.log(name, "main", MOST)[:-1]
        found += [Line(name, c.short, _seconds(c), c.subject) for c in commits]
    return sorted(found, key=lambda line: line.at)


def _seconds(commit: Commit) -> float:
    return datetime.fromisoformat(commit.date).timestamp()
