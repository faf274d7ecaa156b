"""The cluster generator: parameters of each cluster that Argo CD knows.

The cluster in which Argo CD runs has no Secret unless somebody makes one, so no labels either: a
selector never chooses it then.
"""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.argocd.cluster_secrets import ClusterEntry
from gitops_lab.dialects.argocd.sets.generators.inputs import Inputs
from gitops_lab.dialects.argocd.sets.params import Filler, Params, sanitized
from gitops_lab.dialects.argocd.sets.selector import matches


def generate(spec: Mapping[str, Any], filler: Filler, inputs: Inputs) -> list[Params]:
    """A parameter set for each cluster that fits, or one with all of them. Raises SetError."""
    selector = spec.get("selector") or {}
    chosen = bool(selector.get("matchLabels") or selector.get("matchExpressions"))
    found = [
        filler.with_values(spec.get("values") or {}, _params(cluster, filler))
        for cluster in sorted(inputs.clusters(), key=lambda one: one.labelled)
        if (matches(selector, cluster.labels) if cluster.labelled else not chosen)
    ]
    return [{"clusters": found}] if spec.get("flatList") else found


def _params(cluster: ClusterEntry, filler: Filler) -> Params:
    params: Params = {
        "name": cluster.name,
        "nameNormalized": sanitized(cluster.name) if cluster.labelled else cluster.name,
        "server": cluster.server,
        "project": cluster.project,
    }
    if not cluster.labelled:
        return params
    if filler.go:
        meta = {"annotations": dict(cluster.annotations), "labels": dict(cluster.labels)}
        return {**params, "metadata": {key: value for key, value in meta.items() if value}}
    params |= {f"metadata.annotations.{key}": one for key, one in cluster.annotations.items()}
    return params | {f"metadata.labels.{key}": one for key, one in cluster.labels.items()}
