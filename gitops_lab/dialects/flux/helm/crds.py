"""The CustomResourceDefinitions of a chart: `crds/` is applied by the controller, not by helm."""

import time

from gitops_lab.dialects.flux.helm.spec import CONTROLLER
from gitops_lab.dialects.flux.helm.work import Work
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import AlreadyExists
from gitops_lab.kube.objects import condition_of, labels_of, name_of

_SECONDS = 60.0


def apply_definitions(work: Work, action: str) -> None:
    """As `spec.ACTION.crds` says: Skip, Create (the default) or CreateReplace.

    Raises ApiError, and GitOpsLabError when one is not established in time.
    """
    policy = work.spec.of(action).get("crds") or "Create"
    if policy == "Skip" or work.chart is None:
        return
    written = [
        name_of(one)
        for one in (_labelled(obj, work.origin()) for obj in work.chart.definitions())
        if _write(work.client, one, replace=policy == "CreateReplace")
    ]
    for name in written:
        _wait(work.client, name)


def _labelled(obj: Object, labels: dict[str, str]) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "labels": {**labels_of(obj), **labels}}}


def _write(client: Client, obj: Object, *, replace: bool) -> bool:
    """Whether it was written; one that is there stays as it is unless it is to be replaced."""
    if replace:
        client.apply(obj, field_manager=CONTROLLER, force=True)
        return True
    try:
        client.create(obj, field_manager=CONTROLLER)
    except AlreadyExists:
        return False
    return True


def _wait(client: Client, name: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        live = client.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
        established = condition_of(live, "Established")
        if established and established.get("status") == "True":
            return
        time.sleep(0.1)
    raise GitOpsLabError(f"failed to wait for CustomResourceDefinition(s): {name}")
