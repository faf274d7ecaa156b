"""The objects of a release by name, as the status lists them."""

from collections.abc import Iterable
from typing import Any

from gitops_lab.dialects.flux.helm.chart import Chart
from gitops_lab.dialects.flux.helm.storage import Stored
from gitops_lab.dialects.flux.ssa.wait import Wanted
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import annotations_of, name_of, namespace_of, split_api_version
from gitops_lab.kube.yamls import load_all

_HOOK = "helm.sh/hook"


def objects_of(client: Client, stored: Stored) -> list[Object]:
    """The objects of a release, lists unfolded, with the namespace that helm gives them."""
    found: list[Object] = []
    for document in load_all(stored.manifest):
        if isinstance(document.obj, dict):
            found += document.obj.get("items") or [document.obj]
    placed = [_placed(client, one, stored.namespace) for one in found]
    return [one for one in placed if _HOOK not in annotations_of(one)]


def awaited(objects: Iterable[Object], *, jobs: bool) -> list[Wanted]:
    """Those that a release waits for: all but paused Deployments, and Jobs if it shall not."""
    found = []
    for obj in objects:
        spec = obj.get("spec") or {}
        if obj["kind"] == "Deployment" and spec.get("paused") is True:
            continue
        vanishes = obj["kind"] == "Job" and "ttlSecondsAfterFinished" in spec
        if jobs or obj["kind"] != "Job":
            version = split_api_version(str(obj["apiVersion"]))[1]
            found.append(Wanted(ObjectKey.of(obj), version, vanishes))
    return found


def inventory(client: Client, stored: Stored, chart: Chart | None) -> list[dict[str, Any]]:
    """`namespace_name_group_kind` and version of each object, then of the chart's definitions."""
    objects = [*objects_of(client, stored), *(chart.definitions() if chart else [])]
    entries = []
    for obj in objects:
        group, version = split_api_version(str(obj.get("apiVersion", "")))
        # A colon may stand in the names of RBAC objects, but not in an id.
        name = name_of(obj).replace(":", "__")
        entries.append({"id": f"{namespace_of(obj)}_{name}_{group}_{obj['kind']}", "v": version})
    return entries


def _placed(client: Client, obj: Object, namespace: str) -> Object:
    metadata = obj.get("metadata") or {}
    if metadata.get("namespace"):
        return obj
    try:
        namespaced = client.resource(str(obj["apiVersion"]), str(obj["kind"])).namespaced
    except ApiError:
        namespaced = False
    return {**obj, "metadata": {**metadata, "namespace": namespace}} if namespaced else obj
