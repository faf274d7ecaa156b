"""Our dialects do in every case what the genuine controllers were recorded to do.

All cases are played at once, in one cluster; each test then looks at its own.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dialects.runner.case import Case, load
from tests.dialects.runner.compare import load_known
from tests.dialects.runner.playing import Playing, playing
from tests.dialects.runner.record import expected_of
from tests.tools import tool

CASES = [case for case in load() if case.expected_file.exists()]
HELM = tool("helm") is not None
ALL = bool(os.environ.get("GITOPS_LAB_SCENARIOS"))
TEN = {
    "Flux heals on its interval, not by watch",
    "Prune and self-heal are off by default in Argo CD",
    "Without a webhook a push is seen at the next poll",
    "A new commit does not pre-empt a retrying sync",
    "Argo CD refuses rollback under auto-sync",
    "A Flux Kustomization has no rollback",
    "What is not in Git and never was is not removed",
    "Fields added by hand may stay, per engine",
    "A sync is not atomic: half-failed stays half",
    "Argo CD renders Helm and makes no release",
    "Flux does not heal Helm drift by default",
    "Synced does not mean working",
    "An edited ConfigMap restarts no pod",
    "Deleting a suspended Kustomization orphans its objects",
}


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Playing]:
    """The cases that this run asks for, being played."""
    cases = [case for item in request.session.items for case in _cases_of(item)]
    wanted = [case for case in cases if _is_asked(case) and _can(case)]
    folder = tmp_path_factory.mktemp("dialects")
    with playing(wanted, folder, expected_of, load_known()) as played:
        yield played


def _is_asked(case: Case) -> bool:
    """All take minutes, by the engines' own clocks; those that others teach wrong always run."""
    return ALL or bool(case.taught_wrong)


def _can(case: Case) -> bool:
    """Whether all that a case needs is here: those with a chart need helm."""
    text = (case.folder / "case.yaml").read_text()
    return HELM or not ("Chart.yaml" in text or "chart:" in text)


def _cases_of(item: pytest.Item) -> list[Case]:
    """The case that a test is about; none for other tests."""
    call = getattr(item, "callspec", None)
    case = call.params.get("case") if call else None
    return [case] if isinstance(case, Case) else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.engine}-{case.name}")
def test_as_the_genuine_controllers(
    case: Case, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    if not _is_asked(case):
        pytest.skip("minutes, by the engines' own clocks: GITOPS_LAB_SCENARIOS=1 scripts/test")
    if not _can(case):
        pytest.skip("helm is not here; `scripts/tools` fetches it")
    played: Playing = request.getfixturevalue("played")
    found = played.found(case)
    if found.before:
        with capsys.disabled():
            print(f"\n{found.name} was played once more, alone; before:", *found.before, sep="\n  ")
    assert not found.unknown, f"{case.about}\n" + "\n".join(found.unknown)


def test_names_are_unique() -> None:
    twice = [name for name, count in Counter(case.name for case in load()).items() if count > 1]
    assert not twice


def test_each_sentence_that_is_taught_wrong_has_a_case() -> None:
    assert {case.taught_wrong for case in CASES} - {""} == TEN


def test_every_case_can_be_read() -> None:
    for case in load():
        assert case.steps, case.folder
        assert case.look, case.folder
