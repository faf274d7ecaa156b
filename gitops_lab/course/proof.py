"""What a proof found: parts, steps and labs, as data."""

from dataclasses import dataclass, field
from typing import Any

MUTANT = "mutant"
BACKWARDS = "backwards"


@dataclass(frozen=True)
class Place:
    """On which clusters a lab is proven, and by which engine: `builtin`, `argocd` or `flux`."""

    provider: str = "embedded"
    engine: str = "builtin"


EMBEDDED = Place()


@dataclass(frozen=True)
class Part:
    """One thing that was tried in a step, and whether the checks judged it as they should.

    `what` is start, solution, also-right, wrong, reset, readme (the text's own commands), again
    (with other parameters), backwards or mutant; `expected` and `seen` are green or red.
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
        """Whether every part was judged as it should; mutants only tell of the checks' strength."""
        needed = [part for part in self.parts if part.what != MUTANT]
        return bool(needed) and all(part.passed for part in needed)

    @property
    def mutants(self) -> list[Part]:
        """The broken states that were tried."""
        return [part for part in self.parts if part.what == MUTANT]

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

    def mutation(self) -> dict[str, Any]:
        """How many broken states were tried, how many turned red, and which stayed green."""
        tried = [(step.id, part) for step in self.steps for part in step.mutants]
        green = [f"{step}: {part.name}" for step, part in tried if not part.passed]
        red = len(tried) - len(green)
        score = round(100 * red / len(tried), 1) if tried else None
        return {"tried": len(tried), "red": red, "score": score, "green": green}

    def as_data(self) -> dict[str, Any]:
        """For `--json`: an entry of `labs`."""
        return {
            "name": self.name,
            "proven": self.proven,
            "seconds": round(self.seconds, 2),
            "steps": [step.as_data() for step in self.steps],
            "left": self.left,
            "failure": self.failure,
            "mutation": self.mutation(),
        }
