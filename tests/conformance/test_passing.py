"""The list of Kubernetes' own tests that pass, and what is said of how many they are."""

import re
from pathlib import Path

import pytest

from scripts.e2e.__main__ import SLOW, Result, Runner, listed, once_more

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "site/real.md"])
def test_pages_tell_how_many_tests_the_list_has(page: str) -> None:
    told = re.findall(r"(\d+) of 462", (ROOT / page).read_text(encoding="utf-8"))
    assert told == [str(len(listed()))]


def test_the_list_names_each_test_once_and_in_order() -> None:
    assert listed() == sorted(set(listed()))
    assert all("[Conformance]" in name for name in listed())


def test_what_is_begun_first_is_of_the_list_and_may_run_beside_others() -> None:
    slow = listed(SLOW)
    assert set(slow) <= set(listed())
    assert not [name for name in slow if "[Serial]" in name]


def test_a_listed_test_that_failed_is_run_once_more_alone(tmp_path: Path) -> None:
    """The program that stands for e2e.test writes no report: what is run again is not passed."""
    program = tmp_path / "e2e.test"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    runner = Runner(program, tmp_path / "kubeconfig", tmp_path / "out", 1)
    name, other = listed()[0], "[sig-none] a test of no list"
    results = [Result(name, "failed", 1.0), Result(other, "failed", 1.0)]
    found = {each.name: each.outcome for each in once_more(runner, results)}
    assert found == {name: "not run", other: "failed"}
