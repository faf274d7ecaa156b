"""Plays many cases at a time on one backend; what came out of each."""

import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import yaml

from tests.dialects.runner.backend import Backend
from tests.dialects.runner.case import Case
from tests.dialects.runner.play import Goal, Play, Recording, StepFailed

UNKNOWN = Goal()


@dataclass
class Outcome:
    """The recordings of the steps that were played, and what ended the case before its end."""

    case: Case
    steps: list[Recording] = field(default_factory=list)
    problem: str = ""
    seconds: float = 0.0


def play(case: Case, backend: Backend, goal: Goal = UNKNOWN) -> Outcome:
    """Play a case to its end, or to the step that fails."""
    outcome = Outcome(case)
    player, began = Play(case, backend, goal), time.monotonic()
    try:
        player.begin()
        for number, step in enumerate(case.steps):
            outcome.steps.append({"name": step["name"], **player.step(number)})
    except StepFailed as error:
        outcome.problem = str(error)
    except Exception:
        # One case's bad luck must not end the others.
        outcome.problem = traceback.format_exc()
    finally:
        outcome.seconds = time.monotonic() - began
        player.end()
    return outcome


def play_all(
    cases: Sequence[Case],
    backend: Backend,
    *,
    together: int,
) -> list[Outcome]:
    """All cases, `together` of them at a time."""
    with ThreadPoolExecutor(together) as pool:
        return list(pool.map(lambda case: play(case, backend), cases))


def expected_of(case: Case) -> list[Recording]:
    """What the genuine controllers did; [] when it was not recorded."""
    if not case.expected_file.exists():
        return []
    found = yaml.load(case.expected_file.read_text(), Loader=yaml.CSafeLoader)
    steps: list[Recording] = found["steps"]
    return steps


def write_expected(outcome: Outcome) -> None:
    """Keep a genuine outcome as what is expected of ours."""
    head = "# Recorded from the genuine controllers: `scripts/dialects record`. Not to be edited.\n"
    text = yaml.safe_dump({"steps": outcome.steps}, sort_keys=False, width=110, allow_unicode=True)
    outcome.case.expected_file.write_text(head + text)
