"""Proving a lab in a workspace of its own: red before, green after, red on wrong answers.

Each answer is carried out as a learner would, the engine comes to rest, and the checks judge.
A red is judged once and without patience; a green may take its time.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.checks import PATIENCE
from gitops_lab.course.begin import Options
from gitops_lab.course.hints import choose
from gitops_lab.course.idle import wait_idle
from gitops_lab.course.session import CheckResult, Session
from gitops_lab.errors import GitOpsLabError
from gitops_lab.lab import Action, Lab, Step
from gitops_lab.workspace import StepReport, down, processes, workspaces


@dataclass(frozen=True)
class Part:
    """One thing that was tried in a step, and whether the checks judged it as they should.

    `what` is start, solution, also-right, wrong or reset; `expected` and `seen` are green or red.
    """

    what: str
    name: str
    expected: str
    seen: str
    passed: bool
    detail: str = ""
    seconds: float = 0.0


@dataclass
class StepProof:
    """Everything that was tried in a step."""

    id: str
    title: str
    parts: list[Part] = field(default_factory=list)

    @property
    def proven(self) -> bool:
        """Whether every part was judged as it should."""
        return bool(self.parts) and all(part.passed for part in self.parts)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        parts = [vars(part) for part in self.parts]
        return {"id": self.id, "title": self.title, "proven": self.proven, "parts": parts}


@dataclass
class LabProof:
    """A lab's proof. `left` names what was left behind, `failure` what kept it from ending."""

    name: str
    steps: list[StepProof] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether every step is proven and nothing was left behind."""
        steps = bool(self.steps) and all(step.proven for step in self.steps)
        return steps and not self.left and not self.failure

    def as_data(self) -> dict[str, Any]:
        """For `--json`: an entry of `labs`."""
        return {
            "name": self.name,
            "proven": self.proven,
            "seconds": round(self.seconds, 2),
            "steps": [step.as_data() for step in self.steps],
            "left": self.left,
            "failure": self.failure,
        }


OnPart = Callable[[str, Part], None]


def prove(
    lab: Lab,
    *,
    on_part: OnPart = lambda step, part: None,
    provider: str = "embedded",
    parameters: Mapping[str, Any] | None = None,
) -> LabProof:
    """Prove a lab in a fresh workspace in a folder of its own, which is removed at the end."""
    begun = time.monotonic()
    proof = LabProof(lab.name)
    before = _fingerprint(lab.folder)
    root = Path(tempfile.mkdtemp(prefix="gitops-lab-prove-"))
    try:
        with _session(lab, root, provider, parameters, proof) as session:
            for step in lab.steps:
                proof.steps.append(StepProof(step.id, step.title))
                _Prover(session, step, proof.steps[-1], on_part).prove()
    except GitOpsLabError as error:
        proof.failure = error.paragraph()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if _fingerprint(lab.folder) != before:
        proof.left.append(f"files of the lab itself were changed: {lab.folder}")
    proof.seconds = time.monotonic() - begun
    return proof


@contextmanager
def _session(
    lab: Lab, root: Path, provider: str, parameters: Mapping[str, Any] | None, proof: LabProof
) -> Iterator[Session]:
    home, clones = root / "home", root / "clones"
    options = Options(f"prove-{lab.name}", clones, provider, parameters=parameters)
    session, _ = Session.start(lab, options, home=home, report=_silent)
    try:
        yield session
    finally:
        running = [processes.read(f) for f in (session.workspace.root / "run").glob("*.json")]
        down(session.workspace, clones=True)
        proof.left += [f"process {each.pid}" for each in running if each and each.alive]
        proof.left += [f"workspace {name}" for name in workspaces(home)]
        proof.left += [f"clone {path.name}" for path in clones.glob("*")]


def _silent(report: StepReport) -> None:
    """A proof tells of its parts, not of the workspace's steps."""


@dataclass
class _Prover:
    session: Session
    step: Step
    proof: StepProof
    on_part: OnPart

    def prove(self) -> None:
        """Everything that a step promises; it ends solved, so that the next one can begin."""
        self._judge("start", "untouched", "red")
        for answer in self.step.wrong:
            self._try("wrong", answer.name, answer.actions, "red", answer.hint)
            self._reset(f"after “{answer.name}”")
        for answer in self.step.also_right:
            self._try("also-right", answer.name, answer.actions, "green")
            self._reset(f"after “{answer.name}”")
        self._try("solution", "official", self.step.solution, "green")
        self._reset("after the solution")
        self._try("solution", "again after reset", self.step.solution, "green")

    def _try(
        self, what: str, name: str, actions: tuple[Action, ...], expected: str, hint: str = ""
    ) -> None:
        begun = time.monotonic()
        try:
            for action in actions:
                self.session.hands.do(action)
                wait_idle(self.session.world())
        except GitOpsLabError as error:
            seconds = time.monotonic() - begun
            self._add(Part(what, name, expected, "error", False, error.paragraph(), seconds))
            return
        self._judge(what, name, expected, hint, begun)

    def _reset(self, name: str) -> None:
        begun = time.monotonic()
        try:
            self.session.reset(self.step.id)
            self.session.hands.forget_branches()
        except GitOpsLabError as error:
            self._add(Part("reset", name, "red", "error", False, error.paragraph()))
            return
        self._judge("reset", name, "red", begun=begun)

    def _judge(
        self, what: str, name: str, expected: str, hint: str = "", begun: float = 0.0
    ) -> None:
        begun = begun or time.monotonic()
        patience = PATIENCE if expected == "green" else 0.0
        result = self.session.check(self.step.id, patience=patience)
        seen = "green" if result.green else "red"
        passed, detail = seen == expected, ""
        if not passed:
            detail = _told(result)
        elif hint:
            passed, detail = self._hinted(result, hint)
        self._add(Part(what, name, expected, seen, passed, detail, time.monotonic() - begun))

    def _hinted(self, result: CheckResult, intended: str) -> tuple[bool, str]:
        given = choose(self.step, result.verdicts, ()).id
        if given == intended:
            return True, f"hint: {given}"
        return False, f"the hint is `{given}`, not `{intended}`. {_told(result)}"

    def _add(self, part: Part) -> None:
        self.proof.parts.append(part)
        self.on_part(self.step.id, part)


def _told(result: CheckResult) -> str:
    """What the checks saw, for an author who has to find out why."""
    told = [
        f"{verdict.name}: seen {verdict.seen}, expected {verdict.expected}"
        + (f" (link {verdict.link})" if verdict.link else "")
        for verdict in result.verdicts
        if result.green or not verdict.passed
    ]
    return "; ".join(told)


def _fingerprint(folder: Path) -> str:
    """Changes when any file of a lab does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(path.relative_to(folder).as_posix().encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
