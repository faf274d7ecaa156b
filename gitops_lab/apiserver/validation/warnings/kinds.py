"""Kinds that take few words."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types.quantity import parse_quantity
from gitops_lab.apiserver.validation.warnings.keys import key_pair
from gitops_lab.apiserver.validation.warnings.values import (
    NODE_LABELS,
    address,
    network,
    node_terms,
)
from gitops_lab.apiserver.validation.warnings.volumes import storage

Fields = dict[str, Any]
_CLASS = "kubernetes.io/ingress.class"
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"
_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"
_LIMITED = ("cpu", "memory", "storage", "ephemeral-storage")
_OLD_VOLUMES = {
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}


def _annotations(obj: Fields) -> Fields:
    return obj["metadata"].get("annotations") or {}


def ingress(new: Fields, old: Fields | None) -> Iterator[str]:
    """An Ingress whose class is told in the old way."""
    named = (new.get("spec") or {}).get("ingressClassName")
    if old is None and _CLASS in _annotations(new) and not named:
        yield f"annotation \"{_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"


def network_policy(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A NetworkPolicy's blocks of addresses."""
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in enumerate((new.get("spec") or {}).get(way) or []):
            for place, peer in enumerate(rule.get(peers) or []):
                block = peer.get("ipBlock") or {}
                path = f"spec.{way}[{at}].{peers}[{place}].ipBlock"
                yield from network(f"{path}.cidr", block.get("cidr", ""))
                for number, each in enumerate(block.get("except") or []):
                    yield from network(f"{path}.except[{number}]", each)


def claim(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A PersistentVolumeClaim."""
    if _STORAGE_CLASS in _annotations(new):
        yield _old_annotation(_STORAGE_CLASS, "v1.8", "storageClassName")
    yield from storage("spec", new.get("spec"))


def _old_annotation(name: str, since: str, instead: str) -> str:
    return (
        f'metadata.annotations[{name}]: deprecated since {since}; use "{instead}" attribute instead'
    )


def volume(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A PersistentVolume."""
    spec, annotations = new.get("spec") or {}, _annotations(new)
    if _STORAGE_CLASS in annotations:
        yield _old_annotation(_STORAGE_CLASS, "v1.8", "storageClassName")
    if _MOUNT_OPTIONS in annotations:
        yield _old_annotation(_MOUNT_OPTIONS, "v1.31", "mountOptions")
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield (
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning."
        )
    required = (spec.get("nodeAffinity") or {}).get("required") or {}
    where = "spec.nodeAffinity.required.nodeSelectorTerms[{}]"
    yield from node_terms(where, required.get("nodeSelectorTerms"))
    for kind, why in _OLD_VOLUMES.items():
        if kind in spec:
            yield f"spec.{kind.replace('storageos', 'storageOS')}: {why}"


def secret(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A Secret for TLS whose key is not the certificate's."""
    if new.get("type") == "kubernetes.io/tls":
        data = new.get("data") or {}
        yield from key_pair(data.get("tls.crt", ""), data.get("tls.key", ""))


def account(new: Fields, old: Fields | None) -> Iterator[str]:
    """A ServiceAccount that limits which Secrets are mounted."""
    had = old is not None and _MOUNTABLE in _annotations(old)
    if _MOUNTABLE in _annotations(new) and not had:
        yield (
            f"metadata.annotations[{_MOUNTABLE}]: deprecated in v1.32+; "
            "prefer separate namespaces to isolate access to mounted secrets"
        )


def node(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A Node."""
    spec = new.get("spec") or {}
    if spec.get("configSource"):
        yield "spec.configSource: the feature is removed"
    if spec.get("externalID"):
        yield "spec.externalID: this field is deprecated, and is unused by Kubernetes"
    for at, each in enumerate(spec.get("podCIDRs") or []):
        yield from network(f"spec.podCIDRs[{at}]", each)


def endpoints(new: Fields, _old: Fields | None) -> Iterator[str]:
    """Endpoints that somebody writes himself."""
    managed = "endpoints.kubernetes.io/managed-by"
    if (new["metadata"].get("labels") or {}).get(managed) == "endpoint-controller":
        return
    for at, subset in enumerate(new.get("subsets") or []):
        for kind in ("addresses", "notReadyAddresses"):
            for place, each in enumerate(subset.get(kind) or []):
                yield from address(f"subsets[{at}].{kind}[{place}].ip", each.get("ip", ""))


def endpoint_slice(new: Fields, old: Fields | None) -> Iterator[str]:
    """An EndpointSlice that somebody writes himself."""
    if old is None and new.get("addressType") == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"
    by = (new["metadata"].get("labels") or {}).get("endpointslice.kubernetes.io/managed-by", "")
    if by.startswith("endpointslice") and by.endswith("controller.k8s.io"):
        return
    for at, endpoint in enumerate(new.get("endpoints") or []):
        for place, each in enumerate(endpoint.get("addresses") or []):
            yield from address(f"endpoints[{at}].addresses[{place}]", each)


def quota(new: Fields, old: Fields | None) -> Iterator[str]:
    """A ResourceQuota that lets more be requested than used."""
    hard = (new.get("spec") or {}).get("hard") or {}
    for name in _LIMITED if old is None else ():
        requests, limits = f"requests.{name}", f"limits.{name}"
        if requests not in hard and name in ("cpu", "memory"):
            requests = name
        if requests not in hard or limits not in hard:
            continue
        if parse_quantity(hard[requests]).value > parse_quantity(hard[limits]).value:
            yield (
                f"ResourceQuota {requests} ({hard[requests]}) should be less than "
                f"{limits} ({hard[limits]})"
            )


def storage_class(new: Fields, _old: Fields | None) -> Iterator[str]:
    """A StorageClass for places that are told in the old way."""
    for at, topology in enumerate(new.get("allowedTopologies") or []):
        for place, expression in enumerate(topology.get("matchLabelExpressions") or []):
            if expression.get("key") in NODE_LABELS:
                path = f"allowedTopologies[{at}].matchLabelExpressions[{place}].key"
                yield f"{path}: {NODE_LABELS[expression['key']]}"
