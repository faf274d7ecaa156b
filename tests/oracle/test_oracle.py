"""The same requests to the embedded and to the genuine API server get the same answers."""

import itertools
from collections import Counter

import pytest

from tests.oracle import known, talk
from tests.oracle.conftest import Pair
from tests.oracle.known import Known
from tests.oracle.normal import differences, normal

pytestmark = pytest.mark.oracle

KNOWN = known.load()
_seen: Counter[Known] = Counter()
_numbers = itertools.count(1)


def compare(pair: Pair, script: str) -> list[str]:
    """A paragraph for each step with differences that nobody knows of."""
    genuine, embedded = pair
    namespace = f"oracle-{script}-{next(_numbers)}"
    genuine.begin(namespace)
    embedded.begin(namespace)
    told = []
    for step in talk.load(script):
        wanted = normal(genuine.step(step).as_dict())
        found = normal(embedded.step(step).as_dict())
        lines = unknown(script, step["name"], list(differences(wanted, found)))
        if lines:
            told.append(
                "\n".join([f"{script}: {step['name']}", *(f"    {each}" for each in lines)])
            )
    return told


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
    gone = [each for each in KNOWN if not _seen[each]]
    assert not gone, f"these are equal now, take them out of {known.FILE.name}: {gone}"
