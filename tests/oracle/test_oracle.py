"""The same requests to the embedded and to the genuine API server get the same answers."""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.oracle import known, talk
from tests.oracle.conftest import Pair
from tests.oracle.known import Known
from tests.oracle.normal import differences, normal
from tests.oracle.talk import Step

pytestmark = pytest.mark.oracle

KNOWN = known.load()
_seen: Counter[Known] = Counter()
_numbers = itertools.count(1)


def compare(pair: Pair, script: str) -> list[str]:
    """A paragraph for each step with differences that nobody knows of."""
    namespace = f"oracle-{script}-{next(_numbers)}"
    for each in pair:
        each.begin(namespace)
    told = []
    for step in talk.load(script):
        wanted, found = answers(pair, step)
        lines = unknown(script, step["name"], list(differences(wanted, found)))
        if lines:
            told.append(
                "\n".join([f"{script}: {step['name']}", *(f"    {each}" for each in lines)])
            )
    return told


def answers(pair: Pair, step: Step) -> list[dict[str, Any]]:
    """What both servers say to one step, asked at the same time: watches take a while."""
    with ThreadPoolExecutor(len(pair)) as pool:
        said = pool.map(lambda talker: talker.step(step), pair)
        return [normal(each.as_dict()) for each in said]


def unknown(script: str, step: str, lines: list[str]) -> list[str]:
    """The lines that no known difference covers."""
    left = []
    for line in lines:
        covering = [each for each in KNOWN if each.covers(script, step, line)]
        _seen.update(covering)
        if not covering:
            left.append(line)
    return left


@pytest.mark.parametrize("script", talk.names())
def test_answers_are_equal(pair: Pair, script: str) -> None:
    told = compare(pair, script)
    assert not told, f"{len(told)} steps differ\n" + "\n".join(told)


def test_known_differences_still_exist(pair: Pair, request: pytest.FixtureRequest) -> None:
    played = {item.name for item in request.session.items}
    if not {f"test_answers_are_equal[{name}]" for name in talk.names()} <= played:
        pytest.skip("only some scripts were played")
    gone = [each for each in KNOWN if not _seen[each] and each.script in talk.names()]
    assert not gone, f"these are equal now, take them out of {known.FILE.name}: {gone}"
