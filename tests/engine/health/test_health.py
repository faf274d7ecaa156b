"""Each file of `testdata` is a live object; its first line says how it is, and in which words."""

from pathlib import Path

import pytest

from gitops_lab.engine import health
from gitops_lab.engine.health import Health, HealthStatus, aggregate, assess
from gitops_lab.kube.yamls import load

FILES = sorted(Path(__file__).parent.joinpath("testdata").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_object_is_judged_as_its_file_says(file):
    expected = file.read_text().splitlines()[0].removeprefix("# ")
    status, _, message = (part.strip() for part in expected.partition(":"))
    judged = assess(load(file.read_text()))
    if status == "None":
        assert judged is None
        return
    assert judged is not None
    assert judged.status == status
    assert judged.message.startswith(message)
    assert bool(judged.message) or status == "Healthy"


def test_every_rule_has_a_healthy_and_another_example():
    names = [file.stem for file in FILES]
    for kind in health._RULES:
        mine = [name for name in names if name.startswith(f"{kind.kind.lower()}-")]
        assert any("-healthy" in name for name in mine), kind
        assert any("-healthy" not in name for name in mine), kind


def test_the_worst_wins():
    order = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"]
    parts = [Health(HealthStatus(status), status) for status in order]
    for count in range(1, len(parts) + 1):
        assert aggregate([*parts[:count], None, parts[0]]).message == order[count - 1]


def test_nothing_to_judge_is_healthy():
    assert aggregate([]) == Health(HealthStatus.HEALTHY)
    assert aggregate([None]) == Health(HealthStatus.HEALTHY)


def test_an_object_with_nothing_in_it_is_judged_without_an_error():
    for kind in health._RULES:
        api_version = f"{kind.group}/v1" if kind.group else "v1"
        bare = {"apiVersion": api_version, "kind": kind.kind, "metadata": None, "status": None}
        assert assess(bare) is not None
