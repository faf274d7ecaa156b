"""One learner in one lab: check, hint, solve, reset, next. Returns data, never prints."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitops_lab import checks
from gitops_lab.checks import PATIENCE, Baseline, Verdict, World
from gitops_lab.course.hands import Done, Hands, only_looks
from gitops_lab.course.hints import choose, order
from gitops_lab.course.idle import wait_idle
from gitops_lab.course.progress import LabProgress, Progress
from gitops_lab.errors import UsageError
from gitops_lab.lab import Hint, Lab, Step, load
from gitops_lab.lab.changes import Follower, starts
from gitops_lab.lab.shapes import meant
from gitops_lab.lab.template import render
from gitops_lab.workspace import Report, Workspace, open_workspace

if TYPE_CHECKING:
    from gitops_lab.course.begin import Options
    from gitops_lab.course.resetting import Restored

Waiting = Callable[[str], None]
KNOWN = "lab.known"
"""In the workspace's folder: the lab as it was when it was last examined."""


def _unseen(told: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class CheckResult:
    """The verdicts of a step's checks. `passed_now` is True the first time they are all green."""

    lab: str
    step: str
    verdicts: tuple[Verdict, ...]
    passed_now: bool = False
    finished: bool = False

    @property
    def green(self) -> bool:
        """Whether every check passed."""
        return all(verdict.passed for verdict in self.verdicts)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        checks = [verdict.as_data() for verdict in self.verdicts]
        return {"lab": self.lab, "step": self.step, "green": self.green, "checks": checks}


@dataclass(frozen=True)
class HintResult:
    """A hint, rendered; `number` of `total` that this step can give now."""

    step: str
    hint: Hint
    text: str
    number: int
    total: int
    solved_already: bool = False


@dataclass(frozen=True)
class SolveResult:
    """What was done to solve a step, and what its checks then said."""

    step: str
    done: tuple[Done, ...]
    check: CheckResult
    saved: tuple[Path, ...] = ()


@dataclass(frozen=True)
class StepView:
    """A step as the learner reads it: Markdown, with their parameters."""

    id: str
    title: str
    number: int
    total: int
    passed: bool
    intro: str
    predict: str
    do: str
    why: str
    at_work: str


class Session:
    """A lab in a workspace with the learner's progress."""

    def __init__(self, lab: Lab, workspace: Workspace, progress: Progress) -> None:
        self.lab = lab
        self.workspace = workspace
        self.progress = progress
        self.hands = Hands(lab, workspace)

    @classmethod
    def start(
        cls,
        lab: Lab,
        options: "Options",
        *,
        home: Path,
        report: Report,
        progress: Progress | None = None,
    ) -> "tuple[Session, bool]":
        """The lab's session, and whether its workspace is new. Raises `WorkspaceError`.

        `progress` is for a show, which must not count as the learner's own work.
        """
        from gitops_lab.course import begin

        workspace, new = begin.bring_up(lab, options, home=home, report=report)
        session = cls(lab, workspace, progress or Progress(home))
        if new:
            session.progress.change(
                lab.name, lambda old: LabProgress({}, time.time(), old.finished_at)
            )
        if not session.record.step(session.current().id).began_at:  # new, or interrupted
            begin.settle_in(lab, workspace)
            session.begin(session.current())
        return session, new

    @classmethod
    def open(cls, name: str, *, home: Path) -> "Session":
        """The session of a workspace. Raises `WorkspaceError`, or `UsageError` without a lab."""
        workspace = open_workspace(name, home=home)
        if workspace.lab_path is None:
            raise UsageError(
                f"the workspace {name!r} has no lab.",
                reason="NoLab",
                hint="`gitops-lab start LAB` starts one.",
            )
        lab = load(workspace.lab_path, known=workspace.root / KNOWN)
        return cls(lab, workspace, Progress(home))

    # -- where the learner stands

    @property
    def record(self) -> LabProgress:
        """The learner's progress in this lab."""
        return self.progress.lab(self.lab.name)

    def current(self) -> Step:
        """The first step that has not passed; the last one when all have."""
        record = self.record
        waiting = (step for step in self.lab.steps if not record.step(step.id).passed)
        return next(waiting, self.lab.steps[-1])

    def step(self, name: str = "") -> Step:
        """The step of that id or number, the current one when none is named."""
        if not name:
            return self.current()
        ids = [step.id for step in self.lab.steps]
        if name.isdigit() and 1 <= int(name) <= len(ids):
            return self.lab.steps[int(name) - 1]
        if name not in ids:
            raise UsageError(
                f"the lab {self.lab.name} has no step {name!r}.",
                reason="NoSuchStep",
                hint=f"It has {', '.join(ids)}{meant(name, tuple(ids))}",
            )
        return self.lab.step(name)

    def begin(self, step: Step) -> None:
        """Remember how things stand as a step begins, unless it has begun already."""
        if self.record.step(step.id).began_at:
            return
        baseline = self.world().baseline()
        self._note(step, began_at=time.time(), baseline=baseline)

    def world(self, step: Step | None = None) -> World:
        """What the checks of a step look at."""
        since = self._baseline(step) if step else Baseline()
        return World(self.workspace, self.workspace.parameters, since)

    def view(self, step: Step) -> StepView:
        """A step's text, with the learner's parameters."""
        text, values = step.text, self.workspace.parameters
        return StepView(
            id=step.id,
            title=render(text.title, values),
            number=self.lab.steps.index(step) + 1,
            total=len(self.lab.steps),
            passed=self.record.step(step.id).passed,
            intro=render(text.intro, values),
            predict=render(text.predict, values),
            do=render(text.do, values),
            why=render(text.why, values),
            at_work=render(text.at_work, values),
        )

    # -- what the learner can ask for

    def check(
        self,
        name: str = "",
        *,
        patience: float = PATIENCE,
        on_verdict: Callable[[Verdict], None] = lambda verdict: None,
    ) -> CheckResult:
        """Judge a step; when it is green for the first time, the next one begins."""
        self.workspace.require_running()
        step = self.step(name)
        world = self.world(step)
        verdicts = checks.run(self.lab, step, world, patience=patience, on_verdict=on_verdict)
        result = CheckResult(self.lab.name, step.id, tuple(verdicts))
        before = self.record.step(step.id)
        now = result.green and not before.passed
        changes: dict[str, Any] = {"passed_at": time.time()} if now else {}
        self._note(step, checks=before.checks + 1, **changes)
        if now:
            self.begin(self.current())
        finished = all(self.record.step(each.id).passed for each in self.lab.steps)
        if now and finished:
            measured = self._measured(step)
            self.progress.change(
                self.lab.name,
                lambda lab: replace(lab, finished_at=time.time(), measured=measured),
            )
        return replace(result, passed_now=now, finished=finished)

    def hint(self, name: str = "") -> HintResult:
        """The next hint for a step; it depends on what the checks see now."""
        self.workspace.require_running()
        step = self.step(name)
        verdicts = checks.run(self.lab, step, self.world(step), patience=0.0)
        given = self.record.step(step.id).hints
        hint = choose(step, verdicts, given)
        known = {each.id for each in order(step, verdicts)} | set(given)
        if hint.id not in given:
            given = (*given, hint.id)
            self._note(step, hints=given)
        return HintResult(
            step.id,
            hint,
            render(hint.say, self.workspace.parameters),
            len(given),
            len(known),
            all(verdict.passed for verdict in verdicts),
        )

    def solve(self, name: str = "", *, waiting: Waiting = _unseen) -> SolveResult:
        """Carry out a step's solution in the learner's clone, then check it.

        What is not committed is saved aside first. Raises `ActionFailed` or `GitError`.
        """
        from gitops_lab.course import resetting

        self.workspace.require_running()
        step = self.step(name)
        saved = resetting.tidy_clones(self.hands)
        follow = self._follower(step)
        done = []
        for action in step.solution:
            follow(action)
            done.append(self.hands.do(action, follow.state.get(action.repo)))
            if not only_looks(action, self.workspace.parameters):
                wait_idle(self.world(), waiting=waiting)
        self._note(step, solved=True)
        return SolveResult(step.id, tuple(done), self.check(step.id), tuple(saved))

    def reset(self, name: str = "", *, waiting: Waiting = _unseen) -> "Restored":
        """Bring a step back to its beginning: by a commit, by reconciling, files saved aside.

        The steps after it have to be done again too, since their work was built on it.
        """
        from gitops_lab.course import resetting

        self.workspace.require_running()
        step = self.step(name)
        files = dict(starts(self.lab, self.workspace.parameters))[step.id]
        begun = self.record.step(step.id).baseline
        restored = resetting.restore(self.hands, step, files, begun, waiting)
        for later in self.lab.steps[self.lab.steps.index(step) :]:
            self._note(
                later, passed_at=0.0, solved=False, hints=(), began_at=0.0, baseline=Baseline()
            )
        self.begin(step)
        return restored

    def jump(self, name: str, *, waiting: Waiting = _unseen) -> list[SolveResult]:
        """Bring the state forward to a step's beginning: what is open before it is solved.

        Raises `UsageError` when an earlier step doesn't turn green, with what it saw.
        """
        self.workspace.require_running()
        target = self.step(name)
        solved = []
        for step in self.lab.steps[: self.lab.steps.index(target)]:
            if self.record.step(step.id).passed:
                continue
            self.begin(step)
            solved.append(self.solve(step.id, waiting=waiting))
            red = next((v for v in solved[-1].check.verdicts if not v.passed), None)
            if red is not None:
                raise UsageError(
                    f"the step {step.id!r} can't be solved from here: {red.name}: {red.seen}.",
                    reason="StepNotSolved",
                    hint=f"`gitops-lab reset {step.id}`, and jump again.",
                )
        self.begin(target)
        return solved

    def predict(self, text: str, name: str = "") -> Step:
        """Keep what the learner thinks will happen in a step, the current one when none is named.

        A later prediction for the same step replaces it, until the step has passed.
        """
        step = self.step(name)
        if self.record.step(step.id).passed:
            raise UsageError(
                f"the step {step.id!r} is done; a prediction comes before.",
                reason="TooLate",
                hint="`gitops-lab next` shows the step that is open.",
            )
        self._note(step, prediction=text.strip())
        return step

    def answered(self, ask: str, *, right: bool) -> None:
        """Keep how a question of the quiz was answered."""
        name = self.lab.name
        self.progress.change(name, lambda lab: replace(lab, quiz={**lab.quiz, ask: right}))

    def next(self) -> StepView:
        """The step to do now; it begins if it hasn't."""
        step = self.current()
        self.begin(step)
        return self.view(step)

    # -- inside

    def _baseline(self, step: Step) -> Baseline:
        """How things stood when a step began, or else when the last one before it did."""
        record = self.record
        upto = self.lab.steps[: self.lab.steps.index(step) + 1]
        begun = (record.step(each.id) for each in reversed(upto))
        return next((each.baseline for each in begun if each.began_at), Baseline())

    def _measured(self, last: Step) -> dict[str, Any]:
        """The lab's numbers; none where the cluster keeps no audit log."""
        from gitops_lab.course.measure import measure

        record = self.record
        took = record.step(last.id).passed_at - record.step(last.id).began_at
        found = measure(self.world(), since=record.started_at, last_step_s=took)
        return found.as_data() if found else {}

    def _follower(self, step: Step) -> Follower:
        """The lab's own idea of the repositories, from the step's beginning on."""
        values = self.workspace.parameters
        return Follower(self.lab, dict(starts(self.lab, values))[step.id], values)

    def _note(self, step: Step, **changes: Any) -> None:
        self.progress.change(self.lab.name, lambda lab: lab.with_step(step.id, **changes))
