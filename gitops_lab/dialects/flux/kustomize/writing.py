"""How kustomize-controller writes: whose rights, which marks on objects, which marks it heeds."""

from gitops_lab.dialects.flux.clusters import KUSTOMIZE, reach
from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.kustomize.spec import GROUP, Spec
from gitops_lab.dialects.flux.ssa.drift import IgnoreRule
from gitops_lab.dialects.flux.ssa.manager import Options
from gitops_lab.kube import Client, Object

_SSA = f"{GROUP}/ssa"
_SKIP = {f"{GROUP}/reconcile": "disabled", _SSA: "Ignore"}
KEEP = {f"{GROUP}/prune": "disabled", **_SKIP}
"""Labels or annotations of objects that are not deleted."""


def options(force: bool, ignore: tuple[IgnoreRule, ...]) -> Options:
    """The options of every apply."""
    return Options(
        skip=_SKIP,
        create_only={_SSA: "IfNotPresent"},
        merge={_SSA: "Merge"},
        recreate={f"{GROUP}/force": "enabled"},
        force=force,
        ignore=ignore,
    )


def ignore_rules(spec: Spec) -> tuple[IgnoreRule, ...]:
    """`spec.ignore`."""
    return tuple(
        IgnoreRule(tuple(one["paths"]), one.get("target") or {}) for one in spec.get("ignore") or []
    )


def acting(home: Client, spec: Spec) -> Client:
    """The client of the cluster and the account that the Kustomization names.

    Raises ClusterFailed.
    """
    client = reach(home, spec.namespace, spec.raw, KUSTOMIZE) or home
    account = spec.get("serviceAccountName")
    if not account:
        return client
    return client.acting_as(f"system:serviceaccount:{spec.namespace}:{account}")


def owned(obj: Object, name: str, namespace: str, spec: Spec) -> None:
    """Put the owner's labels and `commonMetadata` on an object that was built."""
    common = spec.get("commonMetadata") or {}
    metadata = obj["metadata"]
    own = {f"{GROUP}/name": name, f"{GROUP}/namespace": namespace}
    labels = {**(metadata.get("labels") or {}), **own, **(common.get("labels") or {})}
    annotations = {**(metadata.get("annotations") or {}), **(common.get("annotations") or {})}
    metadata["labels"] = labels
    if annotations:
        metadata["annotations"] = annotations


def marks_of(draft: Draft) -> dict[str, str]:
    """The labels by which a Kustomization knows its objects."""
    return {f"{GROUP}/name": draft.name, f"{GROUP}/namespace": draft.namespace}
