"""Values, names and history of Helm releases, without a cluster."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.durations import duration, seconds
from gitops_lab.dialects.flux.helm.history import previous, recorded, truncated
from gitops_lab.dialects.flux.helm.postrender import post_rendered
from gitops_lab.dialects.flux.helm.setting import BadPath, set_value
from gitops_lab.dialects.flux.helm.spec import ReleaseSpec
from gitops_lab.dialects.flux.helm.values import EMPTY_DIGEST, digest, merged
from gitops_lab.kube.yamls import load_all


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("a.b", "x", {"a": {"b": "x"}}),
        ("a", "true", {"a": True}),
        ("a", "12", {"a": 12}),
        ("a", "012", {"a": "012"}),
        ("a", "1.5", {"a": "1.5"}),
        ("a", "null", {"a": None}),
        ("a", "'true'", {"a": "true"}),
        ("a", '"12"', {"a": "12"}),
        ("a", "{1,x}", {"a": [1, "x"]}),
        ("a[1].b", "x", {"a": [None, {"b": "x"}]}),
        (r"a\.b.c", "x", {"a.b": {"c": "x"}}),
    ],
)
def test_a_path_is_set_as_by_helm(path: str, text: str, values: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    set_value(found, path, text)
    assert found == values


def test_a_literal_value_stays_as_it_is() -> None:
    found: dict[str, Any] = {"a": {"keep": 1}}
    set_value(found, "a.b", "{1, 'x'}", literal=True)
    assert found == {"a": {"keep": 1, "b": "{1, 'x'}"}}


def test_a_path_through_something_else_is_refused() -> None:
    with pytest.raises(BadPath):
        set_value({"a": "text"}, "a.b", "x")
    with pytest.raises(BadPath):
        set_value({}, "a..b", "x")


def test_maps_are_merged_and_lists_replaced() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merged(base, {"a": {"y": [3]}, "c": None}) == {
        "a": {"x": 1, "y": [3]},
        "b": 1,
        "c": None,
    }
    assert base["a"] == {"x": 1, "y": [1, 2]}


def test_the_digest_of_values_does_not_depend_on_their_order() -> None:
    assert digest({"a": 1, "b": {"c": 2}}) == digest({"b": {"c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest({}) == digest(None) == EMPTY_DIGEST


@pytest.mark.parametrize(
    ("text", "value"), [("1h2m3s", 3723.0), ("1.5s", 1.5), ("500ms", 0.5), ("", 7.0)]
)
def test_durations_are_go_s(text: str, value: float) -> None:
    assert seconds(text, 7.0) == value


@pytest.mark.parametrize(
    ("value", "text"), [(300, "5m0s"), (3723, "1h2m3s"), (0.25, "250ms"), (1.5, "1.5s"), (0, "0s")]
)
def test_durations_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert duration(value) == text


def release(**spec: Any) -> ReleaseSpec:
    return ReleaseSpec({"metadata": {"name": "web", "namespace": "flux-system"}, "spec": spec})


def test_a_release_is_named_after_where_it_goes() -> None:
    assert release().name == "web"
    assert release(targetNamespace="shop").name == "shop-web"
    assert release(targetNamespace="shop", releaseName="page").name == "page"
    assert (release().namespace, release().storage) == ("flux-system", "flux-system")
    target = release(targetNamespace="shop")
    assert (target.namespace, target.storage) == ("shop", "flux-system")
    long = release(targetNamespace="a" * 40, releaseName="").name
    assert len(release(releaseName="x" * 60).name) == 53
    assert long == f"{'a' * 40}-web"


def test_the_last_failure_is_remedied_when_there_are_retries() -> None:
    assert release().remediation("upgrade").last is False
    assert release(upgrade={"remediation": {"retries": 2}}).remediation("upgrade").last is True
    assert release(install={"remediation": {"retries": 2}}).remediation("install").last is False
    endless = release(install={"remediation": {"retries": -1}}).remediation("install")
    assert endless.exhausted({"installFailures": 99}) is False
    assert release().remediation("install").exhausted({"installFailures": 1}) is True
    assert release(upgrade={}).remediation("upgrade").strategy == "rollback"
    assert release().remediation("install").strategy == "uninstall"


def snapshots(*statuses: str) -> list[dict[str, Any]]:
    count = len(statuses)
    return [{"version": count - i, "status": status} for i, status in enumerate(statuses)]


def test_a_rollback_goes_to_the_newest_that_went_well() -> None:
    history = snapshots("failed", "failed", "superseded", "superseded")
    assert (previous(history, False) or {})["version"] == 2
    assert [one["version"] for one in truncated(history, False)] == [4, 3, 2]
    assert previous(snapshots("failed"), False) is None
    tested = snapshots("failed", "superseded", "superseded")
    tested[1]["testHooks"] = {"t": {"phase": "Failed"}}
    assert (previous(tested, False) or {})["version"] == 1
    assert (previous(tested, True) or {})["version"] == 2


def test_a_snapshot_takes_the_place_of_the_one_before_it() -> None:
    history = [{"version": 1, "status": "deployed", "testHooks": {"t": {}}}]
    fresh = [{"version": 2, "status": "deployed"}, {"version": 1, "status": "superseded"}]
    assert recorded(history, fresh) == [
        {"version": 2, "status": "deployed"},
        {"version": 1, "status": "superseded", "testHooks": {"t": {}}},
    ]


def test_post_renderers_come_one_after_the_other() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {old: x}}\ndata: {k: v}\n"
    image = {"patch": '[{"op": "replace", "path": "/data/k", "value": "patched"}]'}
    work = {
        "kustomize": [{"patches": [{**image, "target": {"kind": "ConfigMap"}}]}],
        "common": {"labels": {"team": "blue", "owner": "me"}, "annotations": {"note": "x"}},
        "labels": {"owner": "flux"},
    }
    [document] = load_all(post_rendered(text, work))
    assert document.obj["data"] == {"k": "patched"}
    assert document.obj["metadata"]["labels"] == {"old": "x", "team": "blue", "owner": "flux"}
    assert document.obj["metadata"]["annotations"] == {"note": "x"}
