"""Proving a lab in a workspace of its own: red before, green after, red on wrong answers.

Each answer is carried out as a learner would, the engine comes to rest, and the checks judge.
A red is judged once and without patience; a green may take its time.
"""

import contextlib
import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.checks import PATIENCE
from gitops_lab.course.begin import Options
from gitops_lab.course.hands import only_looks
from gitops_lab.course.hints import choose
from gitops_lab.course.idle import wait_idle
from gitops_lab.course.mutant import Mutant
from gitops_lab.course.mutants import mutants
from gitops_lab.course.proof import (
    BACKWARDS,
    EMBEDDED,
    MUTANT,
    LabProof,
    Part,
    Place,
    StepProof,
)
from gitops_lab.course.reading import has_commands, read_along
from gitops_lab.course.session import CheckResult, Session
from gitops_lab.errors import GitOpsLabError
from gitops_lab.lab import Action, Lab, Step
from gitops_lab.lab.changes import starts
from gitops_lab.workspace import StepReport, down, processes, workspaces

OnPart = Callable[[str, Part], None]
_LOOKS = 6
_WAITED = re.compile(r"\(waited for |; it waits for ")


def prove(
    lab: Lab,
    *,
    on_part: OnPart = lambda step, part: None,
    place: Place = EMBEDDED,
    parameters: Mapping[str, Any] | None = None,
    mutate: int = 0,
    quick: bool = False,
) -> LabProof:
    """Prove a lab in fresh workspaces in a folder of their own, which is removed at the end.

    All of it with the example parameters, and the solutions once more with others, and from the
    last step to the first where the lab allows it. Each step's solved state is broken in `mutate`
    ways, too. `quick` tries the first answer of each sort alone, and once: what a change has to
    hold before it lands.
    """
    begun = time.monotonic()
    proof = LabProof(lab.name, [StepProof(step.id, step.title) for step in lab.steps])
    before = _fingerprint(lab.folder)
    values = lab.example_parameters if parameters is None else parameters
    try:
        with _session(lab, place, values, proof) as session:
            for step, told in zip(lab.steps, proof.steps, strict=True):
                prover = _Prover(session, step, told, on_part)
                prover.prove_quickly() if quick else prover.prove()
        if lab.parameters and not quick:
            with _session(lab, place, _others(lab, values), proof) as session:
                for step, told in zip(lab.steps, proof.steps, strict=True):
                    _Prover(session, step, told, on_part).prove_again()
        if mutate:
            with _session(lab, place, values, proof) as session:
                for step, told in zip(lab.steps, proof.steps, strict=True):
                    _Prover(session, step, told, on_part).try_mutants(mutate)
        if lab.any_order and not quick:
            with _session(lab, place, values, proof) as session:
                for step, told in reversed(list(zip(lab.steps, proof.steps, strict=True))):
                    _Prover(session, step, told, on_part).prove_backwards()
    except GitOpsLabError as error:
        proof.failure = error.paragraph()
    if _fingerprint(lab.folder) != before:
        proof.left.append(f"files of the lab itself were changed: {lab.folder}")
    proof.seconds = time.monotonic() - begun
    return proof


def _others(lab: Lab, values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of which each is another one than before, where there is another."""
    others = {each.name: each.choices[-1] for each in lab.parameters}
    for each in lab.parameters:
        if others[each.name] == values.get(each.name):
            others[each.name] = each.choices[0]
    return others


@contextmanager
def _session(
    lab: Lab, place: Place, parameters: Mapping[str, Any], proof: LabProof
) -> Iterator[Session]:
    root = Path(tempfile.mkdtemp(prefix="gitops-lab-prove-"))
    home, clones = root / "home", root / "clones"
    options = Options(
        f"prove-{lab.name}"[:40],
        clones,
        place.provider,
        parameters=parameters,
        engine=place.engine,
    )
    try:
        session, _ = Session.start(lab, options, home=home, report=_silent)
        try:
            yield session
        finally:
            running = [processes.read(f) for f in (session.workspace.root / "run").glob("*.json")]
            down(session.workspace, clones=True)
            proof.left += [f"process {each.pid}" for each in running if each and each.alive]
            proof.left += [f"workspace {name}" for name in workspaces(home)]
            proof.left += [f"clone {path.name}" for path in clones.glob("*")]
    finally:
        shutil.rmtree(root, ignore_errors=True)


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
        if has_commands(self.step):
            self._carry_out("readme", "as it stands", "green", self._read)
            self._reset("after the text's own commands")
        self._try("solution", "again after reset", self.step.solution, "green")

    def prove_quickly(self) -> None:
        """Red, red on a wrong answer, green on another right one and on the official one."""
        self._judge("start", "untouched", "red")
        for answer in self.step.wrong[:1]:
            self._try("wrong", answer.name, answer.actions, "red", answer.hint)
            self._reset(f"after “{answer.name}”")
        for answer in self.step.also_right[:1]:
            self._try("also-right", answer.name, answer.actions, "green")
            self._reset(f"after “{answer.name}”")
        self._try("solution", "official", self.step.solution, "green")

    def prove_again(self) -> None:
        """The solution alone, in a workspace with other parameters."""
        self._judge("again", "untouched", "red")
        self._carry_out("again", "solution, other parameters", "green", self._does(self.step))

    def prove_backwards(self) -> None:
        """The solution alone, where the steps after this one are done and those before are not."""
        self.session.begin(self.step)
        self._judge(BACKWARDS, "untouched", "red")
        self._carry_out(BACKWARDS, "solution", "green", self._does(self.step))

    def try_mutants(self, most: int) -> None:
        """The broken states, in a workspace of their own: an engine that heals often gets slow."""
        for mutant in self._mutants():
            if len(self.proof.mutants) >= most:
                break
            self._spoil(mutant)
        with contextlib.suppress(GitOpsLabError):  # the proof itself has judged the solution
            self._do(self.step.solution)
        self.session.check(self.step.id)

    def _mutants(self) -> list[Mutant]:
        values = self.session.workspace.parameters
        before = dict(starts(self.session.lab, values))[self.step.id]
        return mutants(self.session.lab, self.step, before, values)

    def _spoil(self, mutant: Mutant) -> None:
        """A broken state that can't be made is none; what it leaves is mended for the reset."""
        begun = time.monotonic()
        try:
            self._do(mutant.actions)
        except GitOpsLabError:
            self._mended(mutant)
            return
        self._judge(MUTANT, mutant.name, "red", begun=begun)
        self._mended(mutant)

    def _mended(self, mutant: Mutant) -> None:
        """Back to the step's beginning: by its reset, or when that fails by all steps anew."""
        try:
            self._do(mutant.mend)
            self.session.reset(self.step.id)
        except GitOpsLabError as error:
            name = f"after “{mutant.name}”"
            self._add(Part("reset", name, "red", "error", False, error.paragraph()))
            self.session.reset(self.session.lab.steps[0].id)
            self.session.jump(self.step.id)
        self.session.hands.forget_branches()

    def _read(self) -> None:
        read_along(self.session, self.step)

    def _does(self, step: Step) -> Callable[[], None]:
        return lambda: self._do(step.solution)

    def _do(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            self.session.hands.do(action)
            if not only_looks(action, self.session.workspace.parameters):
                wait_idle(self.session.world())

    def _try(
        self, what: str, name: str, actions: tuple[Action, ...], expected: str, hint: str = ""
    ) -> None:
        self._carry_out(what, name, expected, lambda: self._do(actions), hint)

    def _carry_out(
        self, what: str, name: str, expected: str, act: Callable[[], None], hint: str = ""
    ) -> None:
        begun = time.monotonic()
        try:
            act()
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
        result = self._in_time() if expected == "green" else self._at_once()
        seen = "green" if result.green else "red"
        passed, detail = seen == expected, ""
        if not passed:
            detail = _told(result)
        elif hint:
            passed, detail = self._hinted(result, hint)
        self._add(Part(what, name, expected, seen, passed, detail, time.monotonic() - begun))

    def _at_once(self) -> CheckResult:
        return self.session.check(self.step.id, patience=0.0)

    def _in_time(self) -> CheckResult:
        """A check ends soon; containers on a busy machine are seen again as long as they get on."""
        result = self.session.check(self.step.id, patience=PATIENCE)
        for _ in range(_LOOKS):
            before = _told(result)
            if result.green or not _WAITED.search(before):
                break
            result = self.session.check(self.step.id, patience=PATIENCE)
            if _told(result) == before:
                break
        return result

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
