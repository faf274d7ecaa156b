"""Health rules in CEL: the first that holds counts, and what can't be read is refused."""

import sys

import pytest

from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health.expressions import Expressions
from gitops_lab.engine.sync_spec import HealthCheck
from tests.engine.world import World, config_yaml

CHECK = HealthCheck(
    "example.org/v1",
    "Widget",
    healthy='object.status.phase == "Ready"',
    failed='object.status.phase == "Broken"',
)


def widget(**status: object) -> dict[str, object]:
    return {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {}, "status": status}


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ({"phase": "Ready"}, "Healthy"),
        ({"phase": "Broken"}, "Degraded"),
        ({"phase": "Starting"}, "Progressing"),
        ({}, "Progressing"),
    ],
)
def test_the_first_expression_that_holds_counts(status: dict[str, object], health: str) -> None:
    found = Expressions([CHECK], "a/b").assess(widget(**status))

    assert found is not None
    assert found.status == health


def test_other_kinds_are_left_to_the_rules_of_the_engine() -> None:
    assert Expressions([CHECK], "a/b").assess({"apiVersion": "v1", "kind": "Widget"}) is None


def test_what_is_no_cel_is_refused_with_its_field() -> None:
    with pytest.raises(AppError, match=r"spec.healthChecks\[0\].healthy is not CEL") as caught:
        Expressions([HealthCheck("v1", "ConfigMap", "object.?data")], "a/b")

    assert caught.value.place.field == "spec.healthChecks[0].healthy"


def test_without_the_package_the_app_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel", None)

    with pytest.raises(AppError) as caught:
        Expressions([CHECK], "a/b")

    assert "gitops-lab[cel]" in caught.value.hint


def test_an_apps_own_rule_decides_and_may_change(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", ready="no")})
    check = {"apiVersion": "v1", "kind": "ConfigMap", "healthy": 'object.data.ready == "yes"'}
    world.app(healthChecks=[check])
    world.until(lambda view: view.status.health.status == "Progressing")

    world.until_synced(world.commit({"a.yaml": config_yaml("a", ready="yes")}))
    world.until(lambda view: view.status.health.status == "Healthy")

    world.patch_app({"spec": {"healthChecks": [{**check, "healthy": "false"}]}})
    world.until(lambda view: view.status.health.status == "Progressing")

    world.patch_app({"spec": {"healthChecks": None}})
    world.until(lambda view: view.status.health.status == "Healthy")
