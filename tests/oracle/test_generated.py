"""Random requests get the same answers from both servers.

Each case has a seed of its own, which a failure shows; GITOPS_LAB_ORACLE_CASES tells how many there
are, and GITOPS_LAB_ORACLE_SEED where they begin. One case alone is played by `-k seed-NUMBER` with
both set so that it is among them.
"""

import os
from typing import Any

import pytest

from tests.oracle.conftest import Pair
from tests.oracle.generated.cases import steps_of
from tests.oracle.generated.kinds import DEFINITION, WIDGET_GROUP
from tests.oracle.normal import differences
from tests.oracle.talk import Talker
from tests.oracle.test_oracle import answers, unknown

pytestmark = pytest.mark.oracle

CASES = int(os.environ.get("GITOPS_LAB_ORACLE_CASES", "200"))
FIRST = int(os.environ.get("GITOPS_LAB_ORACLE_SEED", "1"))
PORTION = 25  # cases of one test


@pytest.fixture(scope="module")
def ready(pair: Pair) -> Pair:
    """Both servers, with the definition of the custom resource that is drawn."""
    for talker in pair:
        talker.begin("oracle-generated")
        _define(talker)
    return pair


def _define(talker: Talker) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    talker.step({"name": "define", "send": f"POST {path}", "body": DEFINITION})
    place = f"/apis/{WIDGET_GROUP}/v1/namespaces/default/widgets"
    talker.step({"name": "defined", "send": f"GET {place}", "until": "kind=WidgetList"})


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without the words of a refusal: those are compared by the scripts.

    Warnings about a patched object come in the order of a map.
    """
    answer = {**answer, "warnings": sorted(answer["warnings"])}
    body = answer["body"]
    if not isinstance(body, dict) or body.get("kind") != "Status" or answer["code"] < 400:
        return answer
    details = dict(body.get("details") or {})
    causes = {(each.get("field"), each.get("reason")) for each in details.pop("causes", [])}
    told = {"reason": body.get("reason"), "details": details, "causes": sorted(causes, key=str)}
    return {**answer, "body": told}


def play(pair: Pair, seed: int) -> list[str]:
    """A paragraph for each step of a case in which the servers differ."""
    told = []
    for step in steps_of(str(seed)):
        genuine, embedded = (comparable(each) for each in answers(pair, step))
        lines = unknown("generated", step["name"], list(differences(genuine, embedded)))
        if lines:
            place = f"seed-{seed}: {step['name']}: {step['send']}\n  {step.get('body')}"
            told.append("\n".join([place, *(f"    {line}" for line in lines)]))
            break  # what follows rests on what differs
    return told


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, PORTION), ids=lambda n: f"seed-{n}")
def test_answers_to_random_requests_are_equal(ready: Pair, first: int) -> None:
    told = []
    for seed in range(first, min(first + PORTION, FIRST + CASES)):
        for talker in ready:
            talker.begin(f"oracle-seed-{seed}")
        told += play(ready, seed)
    assert not told, f"{len(told)} cases differ\n" + "\n".join(told)
