"""Defaults of pods and pod templates, as k8s.io/kubernetes' pkg/apis/core/v1 sets them."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types.quantity import rounded_to_milli

Fields = dict[str, Any]
CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def pod(obj: Fields) -> None:
    """A Pod: what only pods get, not the templates of others."""
    spec = obj["spec"]
    pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for container in containers(spec, CONTAINER_LISTS[:2]):
        _requests_from_limits(container["resources"])
        if spec.get("hostNetwork"):
            for port in container.get("ports", ()):
                port.setdefault("hostPort", port["containerPort"])
    _pod_ips(obj["status"])


def template(holder: Fields) -> None:
    """The pod template of a workload's spec."""
    pod_spec(holder["template"]["spec"])


def pod_spec(spec: Fields) -> None:
    """What pods and templates share."""
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("schedulerName", "default-scheduler")
    for volume in spec.get("volumes", ()):
        _volume(volume)
    for container in containers(spec):
        _container(container)


def containers(spec: Fields, lists: tuple[str, ...] = CONTAINER_LISTS) -> Iterator[Fields]:
    """Every container of a pod spec: init, ordinary, ephemeral."""
    for name in lists:
        yield from spec.get(name) or ()


def _container(container: Fields) -> None:
    if "imagePullPolicy" not in container:
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", ()):
        _field_reference(variable.get("valueFrom", {}).get("fieldRef"))
    for name in ("limits", "requests"):
        if name in container.get("resources", {}):
            round_up(container["resources"], name)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in container:
            _probe(container[name])
    for hook in container.get("lifecycle", {}).values():
        if isinstance(hook, dict):
            _http_get(hook.get("httpGet"))


def pull_policy(image: str) -> str:
    """Always for the tag latest, said or implied; IfNotPresent otherwise."""
    name, _, digest = image.partition("@")
    _, _, tag = name.rpartition("/")[2].partition(":")
    latest = tag == "latest" or (not tag and not digest)
    return "Always" if latest else "IfNotPresent"


def round_up(holder: Fields, name: str) -> None:
    """A resource list with nothing finer than a thousandth."""
    holder[name] = {key: rounded_to_milli(value) for key, value in holder[name].items()}


def _probe(probe: Fields) -> None:
    probe.setdefault("timeoutSeconds", 1)
    probe.setdefault("periodSeconds", 10)
    probe.setdefault("successThreshold", 1)
    probe.setdefault("failureThreshold", 3)
    _http_get(probe.get("httpGet"))
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _http_get(action: Fields | None) -> None:
    if action is not None:
        action.setdefault("path", "/")
        action.setdefault("scheme", "HTTP")


def _field_reference(reference: Fields | None) -> None:
    if reference is not None:
        reference.setdefault("apiVersion", "v1")


def _requests_from_limits(resources: Fields) -> None:
    if "limits" in resources:
        resources["requests"] = {**resources["limits"], **resources.get("requests", {})}


def _pod_ips(status: Fields) -> None:
    address, addresses = status.get("podIP"), status.get("podIPs")
    if address and (not addresses or addresses[0].get("ip") != address):
        status["podIPs"] = [{"ip": address}]
    elif addresses and not address:
        status["podIP"] = addresses[0].get("ip")


MODE = 0o644
VOLUME_DEFAULTS: dict[str, Fields] = {
    "secret": {"defaultMode": MODE},
    "configMap": {"defaultMode": MODE},
    "downwardAPI": {"defaultMode": MODE},
    "projected": {"defaultMode": MODE},
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {
        "cachingMode": "ReadWrite",
        "fsType": "ext4",
        "readOnly": False,
        "kind": "Shared",
    },
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}


def _volume(volume: Fields) -> None:
    if len(volume) == 1 and "name" in volume:
        volume["emptyDir"] = {}
    for source, fields in VOLUME_DEFAULTS.items():
        if source in volume:
            volume[source] = {**fields, **volume[source]}
    image = volume.get("image")
    if image is not None:
        image.setdefault("pullPolicy", pull_policy(image.get("reference", "")))
    for item in volume.get("downwardAPI", {}).get("items", ()):
        _field_reference(item.get("fieldRef"))
    for source in volume.get("projected", {}).get("sources") or ():
        _projection(source)
    claim = volume.get("ephemeral", {}).get("volumeClaimTemplate")
    if claim is not None:
        claim["spec"].setdefault("volumeMode", "Filesystem")


def _projection(source: Fields) -> None:
    if "serviceAccountToken" in source:
        source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
    for item in source.get("downwardAPI", {}).get("items", ()):
        _field_reference(item.get("fieldRef"))
