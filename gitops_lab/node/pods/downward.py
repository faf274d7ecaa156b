"""The downward API: fields and resources of a pod as text. Pure."""

import re
from dataclasses import dataclass

from gitops_lab.kube.objects import Object, annotations_of, labels_of
from gitops_lab.node.quantities import divided

_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")
_DEFAULT_LIMITS = {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "10Gi"}


@dataclass(frozen=True)
class PodAddress:
    """Where a pod runs: its own address and its node's."""

    pod_ip: str
    host_ip: str


def field(pod: Object, path: str, address: PodAddress) -> str:
    """The value of a fieldRef. Raises KeyError when Kubernetes has no such field."""
    if match := _SUBSCRIPT.fullmatch(path):
        values = labels_of(pod) if match[1] == "labels" else annotations_of(pod)
        return str(values.get(match[2], ""))
    metadata, spec = pod["metadata"], pod["spec"]
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "metadata.labels": _lines(labels_of(pod)),
        "metadata.annotations": _lines(annotations_of(pod)),
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName") or "default",
        "status.hostIP": address.host_ip,
        "status.hostIPs": address.host_ip,
        "status.podIP": address.pod_ip,
        "status.podIPs": address.pod_ip,
    }
    return str(fields[path])


def resource(pod: Object, reference: Object, container_name: str) -> str:
    """The value of a resourceFieldRef; a limit that isn't set is the node's capacity.

    Raises KeyError for a resource or container that there is not.
    """
    wanted = reference.get("containerName") or container_name
    everyone = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    container = next((c for c in everyone if c["name"] == wanted), None)
    section, _, name = reference["resource"].partition(".")
    if container is None or section not in ("limits", "requests"):
        raise KeyError(reference["resource"])
    declared = (container.get("resources") or {}).get(section) or {}
    default = _DEFAULT_LIMITS.get(name) if section == "limits" else "0"
    value = declared.get(name, default)
    if value is None:
        raise KeyError(reference["resource"])
    return divided(value, reference.get("divisor") or "1")


def _lines(values: dict[str, str]) -> str:
    escaped = (
        (k, v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for k, v in sorted(values.items())
    )
    return "\n".join(f'{key}="{value}"' for key, value in escaped)
