"""Fields that a write through a given door can't set, so that nobody comes to own them there.

As the strategies of k8s.io/kubernetes say (GetResetFields): through the main resource the status
is reset, through the status subresource the spec and, for some kinds, more.
"""

from functools import lru_cache

from gitops_lab.apiserver.fields.trie import LEAF, Trie
from gitops_lab.apiserver.types.schema import Schema

STATUS: Trie = {"f:status": LEAF}
SPEC: Trie = {"f:spec": LEAF}
SPEC_AND_METADATA: Trie = {"f:spec": LEAF, "f:metadata": LEAF}

# Kinds whose status subresource resets something else than the spec alone.
_OF_STATUS: dict[str, Trie] = {
    "io.k8s.api.apps.v1.Deployment": {"f:spec": LEAF, "f:metadata": {"f:labels": LEAF}},
    "io.k8s.api.core.v1.Pod": {
        "f:spec": LEAF,
        "f:metadata": {"f:deletionTimestamp": LEAF, "f:ownerReferences": LEAF},
    },
    "io.k8s.api.certificates.v1.CertificateSigningRequest": {
        "f:spec": LEAF,
        "f:status": {"f:conditions": LEAF},
    },
}
_WITH_METADATA = (
    "io.k8s.api.admissionregistration.",
    "io.k8s.api.flowcontrol.",
    "io.k8s.api.networking.v1.ServiceCIDR",
    "io.k8s.api.resource.",
    "io.k8s.api.storage.",
    "io.k8s.api.storagemigration.",
    "io.k8s.api.certificates.v1.PodCertificateRequest",
    "io.k8s.apiextensions-apiserver.",
    "io.k8s.kube-aggregator.",
)


def reset_fields(schema: Schema, subresource: str) -> Trie:
    """What is reset for objects of a schema at a door ("" for the main resource)."""
    if not subresource and not schema.status_apart:
        return {}
    return _reset_fields(schema.name, subresource)


@lru_cache(maxsize=256)
def _reset_fields(definition: str, subresource: str) -> Trie:
    """The same by the definition's name, "" for custom kinds."""
    if not subresource:
        return STATUS
    if subresource != "status":
        return {}
    if definition in _OF_STATUS:
        return _OF_STATUS[definition]
    if not definition or definition.startswith(_WITH_METADATA):
        return SPEC_AND_METADATA
    return SPEC
