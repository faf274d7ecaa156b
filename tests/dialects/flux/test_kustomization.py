"""Kustomization: what is applied, when it is looked at again, and what the status says."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.draft import REQUESTED_AT
from gitops_lab.kube.objects import condition_of
from tests.dialects.flux.world import FluxWorld, ready_of
from tests.engine.world import config_yaml
from tests.waiting import eventually

KIND = "Kustomization"
FILES = {"deploy/one.yaml": config_yaml("one", a="1"), "deploy/two.yaml": config_yaml("two")}


def _begin(flux: FluxWorld, files: dict[str, str] | None = None, **spec: Any) -> str:
    sha = flux.repo(files or FILES)
    flux.git()
    flux.kustomization(**spec)
    return sha


def _request(flux: FluxWorld, value: str = "now") -> None:
    flux.patch(KIND, {"metadata": {"annotations": {REQUESTED_AT: value}}})
    flux.until(KIND, lambda obj: obj["status"].get("lastHandledReconcileAt") == value)


def test_a_folder_is_applied_and_the_status_is_flux_own(flux: FluxWorld) -> None:
    sha = _begin(flux)
    obj = flux.until_ready(KIND)
    revision = f"main@sha1:{sha}"
    assert ready_of(obj) == ("True", "ReconciliationSucceeded", f"Applied revision: {revision}")
    status = obj["status"]
    assert [one["type"] for one in status["conditions"]] == ["Ready"]
    assert (status["lastAppliedRevision"], status["lastAttemptedRevision"]) == (revision, revision)
    assert status["observedGeneration"] == 1
    ns = flux.namespace
    assert status["inventory"]["entries"] == [
        {"id": f"{ns}_one__ConfigMap", "v": "v1"},
        {"id": f"{ns}_two__ConfigMap", "v": "v1"},
    ]
    [row] = status["history"]
    assert (row["lastReconciledStatus"], row["totalReconciliations"], row["metadata"]) == (
        "ReconciliationSucceeded",
        1,
        {"revision": revision},
    )
    assert row["digest"].startswith("sha256:")
    assert obj["metadata"]["finalizers"] == ["finalizers.fluxcd.io"]
    one = flux.config_map("one")
    assert one is not None
    assert one["metadata"]["labels"] == {
        "kustomize.toolkit.fluxcd.io/name": "web",
        "kustomize.toolkit.fluxcd.io/namespace": ns,
    }
    managers = [(m["manager"], m["operation"]) for m in one["metadata"]["managedFields"]]
    assert managers == [("kustomize-controller", "Apply")]


def test_events_tell_what_was_written_and_when_it_looks_again(flux: FluxWorld) -> None:
    sha = _begin(flux)
    flux.until_ready(KIND)
    eventually(lambda: len(flux.events(KIND)) >= 2)
    events = flux.events(KIND)
    ns = flux.namespace
    assert events[0]["message"] == f"ConfigMap/{ns}/one created\nConfigMap/{ns}/two created"
    assert events[0]["reason"] == "Progressing"
    assert events[-1]["reason"] == "ReconciliationSucceeded"
    assert events[-1]["message"].startswith("Reconciliation finished in ")
    assert events[-1]["message"].endswith(", next run in 10m0s")
    annotations = events[-1]["metadata"]["annotations"]
    assert annotations["kustomize.toolkit.fluxcd.io/revision"] == f"main@sha1:{sha}"


def test_a_new_revision_is_applied_and_what_left_it_is_pruned(flux: FluxWorld) -> None:
    _begin(flux)
    flux.until_ready(KIND)
    sha = flux.push({"deploy/two.yaml": None, "deploy/three.yaml": config_yaml("three")})
    flux.until(KIND, lambda obj: sha in obj["status"].get("lastAppliedRevision", ""))
    eventually(lambda: flux.config_map("two") is None)
    assert flux.config_map("three") is not None
    assert any("ConfigMap" in e["message"] and "deleted" in e["message"] for e in flux.events(KIND))


def test_without_prune_what_left_git_stays_and_is_forgotten(flux: FluxWorld) -> None:
    _begin(flux, prune=False)
    flux.until_ready(KIND)
    sha = flux.push({"deploy/two.yaml": None})
    obj = flux.until(KIND, lambda obj: sha in obj["status"].get("lastAppliedRevision", ""))
    assert len(obj["status"]["inventory"]["entries"]) == 1
    assert flux.config_map("two") is not None


def test_a_commit_without_objects_prunes_them_all(flux: FluxWorld) -> None:
    _begin(flux)
    flux.until_ready(KIND)
    flux.push({"deploy/one.yaml": None, "deploy/two.yaml": None, "deploy/readme.txt": "none"})
    eventually(lambda: flux.config_map("one") is None and flux.config_map("two") is None)


def test_drift_is_healed_on_the_interval_and_not_by_watch(flux: FluxWorld) -> None:
    _begin(flux, interval="2s")
    flux.until_ready(KIND)
    flux.kustomization("slow", interval="10m", path="./deploy", namePrefix="slow-")
    flux.until_ready(KIND, name="slow")
    for name in ("one", "slow-one"):
        flux.client.patch(flux.config_map(name) or {}, {"data": {"a": "2"}})
    eventually(lambda: (flux.config_map("one") or {})["data"] == {"a": "1"})
    assert (flux.config_map("slow-one") or {})["data"] == {"a": "2"}


def test_a_request_heals_and_a_deleted_object_comes_back(flux: FluxWorld) -> None:
    _begin(flux)
    flux.until_ready(KIND)
    flux.client.delete("v1", "ConfigMap", "two", flux.namespace)
    assert flux.config_map("two") is None
    _request(flux)
    eventually(lambda: flux.config_map("two") is not None)


def test_what_kubectl_added_goes_and_what_others_added_stays(flux: FluxWorld) -> None:
    _begin(flux)
    flux.until_ready(KIND)
    for manager, key in (("kubectl-edit", "by-kubectl"), ("operator", "by-operator")):
        patch = {"data": {key: "x"}}
        flux.client.patch(flux.config_map("one") or {}, patch, field_manager=manager)
    _request(flux)
    eventually(lambda: "by-kubectl" not in (flux.config_map("one") or {})["data"])
    assert (flux.config_map("one") or {})["data"] == {"a": "1", "by-operator": "x"}


def test_an_unchanged_object_is_not_written(flux: FluxWorld) -> None:
    _begin(flux)
    flux.until_ready(KIND)
    before = (flux.config_map("one") or {})["metadata"]["resourceVersion"]
    _request(flux)
    obj = flux.until(KIND, lambda obj: obj["status"]["history"][0]["totalReconciliations"] == 2)
    assert len(obj["status"]["history"]) == 1
    assert (flux.config_map("one") or {})["metadata"]["resourceVersion"] == before


def test_a_suspended_one_does_nothing_and_deleted_it_orphans(flux: FluxWorld) -> None:
    first = _begin(flux)
    flux.until_ready(KIND)
    flux.patch(KIND, {"spec": {"suspend": True}})
    flux.until(KIND, lambda obj: obj["status"]["observedGeneration"] == 2)
    flux.push({"deploy/one.yaml": config_yaml("one", a="2")})
    _request(flux)
    assert first in flux.get(KIND)["status"]["lastAppliedRevision"]
    flux.delete(KIND)
    assert flux.config_map("one") is not None


@pytest.mark.parametrize(
    ("spec", "stays"),
    [
        ({}, False),
        ({"prune": False}, True),
        ({"prune": False, "deletionPolicy": "Delete"}, False),
        ({"deletionPolicy": "WaitForTermination"}, False),
        ({"deletionPolicy": "Orphan"}, True),
    ],
)
def test_what_it_made_goes_with_it_by_its_policy(
    flux: FluxWorld, spec: dict[str, Any], stays: bool
) -> None:
    _begin(flux, **spec)
    flux.until_ready(KIND)
    flux.delete(KIND)
    assert (flux.config_map("one") is not None) == stays


def test_objects_marked_so_are_kept_skipped_or_only_made(flux: FluxWorld) -> None:
    mark = "kustomize.toolkit.fluxcd.io"
    files = {
        f"deploy/{name}.yaml": config_yaml(name, a="1").replace(
            "metadata:\n", f'metadata:\n  annotations:\n    {mark}/{key}: "{value}"\n'
        )
        for name, key, value in (
            ("kept", "prune", "disabled"),
            ("ignored", "ssa", "Ignore"),
            ("once", "ssa", "IfNotPresent"),
        )
    }
    _begin(flux, files)
    obj = flux.until_ready(KIND)
    assert flux.config_map("ignored") is None
    assert len(obj["status"]["inventory"]["entries"]) == 3
    flux.client.patch(flux.config_map("once") or {}, {"data": {"a": "2"}})
    _request(flux)
    assert (flux.config_map("once") or {})["data"] == {"a": "2"}
    sha = flux.push({"deploy/kept.yaml": None})
    flux.until(KIND, lambda obj: sha in obj["status"]["lastAppliedRevision"])
    assert flux.config_map("kept") is not None


def test_dependencies_are_waited_for_and_told_at_once_in_a_lab(flux: FluxWorld) -> None:
    flux.repo({**FILES, "base/base.yaml": config_yaml("base")})
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization(dependsOn=[{"name": "base"}])
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[1] == "DependencyNotReady"
    assert ready_of(obj)[2].startswith(f"dependency '{flux.namespace}/base' not found: ")
    flux.kustomization("base", path="./base")
    flux.until_ready(KIND)
    assert any("retrying in 30s" in event["message"] for event in flux.events(KIND))


def test_ready_may_be_told_by_an_expression(flux: FluxWorld) -> None:
    flux.repo({**FILES, "base/base.yaml": config_yaml("base")})
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization("base", path="./base", suspend=True)
    expression = "dep.metadata.name == 'base' && self.metadata.name == 'web'"
    flux.kustomization(dependsOn=[{"name": "base", "readyExpr": expression}])
    flux.until_ready(KIND)
    flux.kustomization("bad", dependsOn=[{"name": "base", "readyExpr": "dep.("}])
    obj = flux.until_ready(KIND, "False", "bad")
    assert ready_of(obj)[1] == "InvalidCELExpression"
    assert condition_of(obj, "Stalled")


def test_a_suspended_dependency_never_gets_ready(flux: FluxWorld) -> None:
    flux.repo(FILES)
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization("base", suspend=True)
    flux.kustomization(dependsOn=[{"name": "base"}])
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[2] == f"dependency '{flux.namespace}/base' is not ready"


def test_a_changed_variable_is_a_reason_to_look_when_it_is_labelled_so(flux: FluxWorld) -> None:
    variables = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "vars",
            "namespace": flux.namespace,
            "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
        },
        "data": {"a": "first"},
    }
    created = flux.client.create(variables)
    files = {"deploy/one.yaml": config_yaml("one", a="${a}", b="${b:=none}")}
    source = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    _begin(flux, files, postBuild=source)
    flux.until_ready(KIND)
    assert (flux.config_map("one") or {})["data"] == {"a": "first", "b": "none"}
    flux.client.patch(created, {"data": {"a": "second"}})
    eventually(lambda: (flux.config_map("one") or {})["data"]["a"] == "second")
