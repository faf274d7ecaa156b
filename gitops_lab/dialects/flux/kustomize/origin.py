"""The artifact that a Kustomization builds from, and what of its spec is not served here."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.flux.clusters import refused
from gitops_lab.dialects.flux.kustomize.failures import ARTIFACT, Failed, Stalled, Waits
from gitops_lab.dialects.flux.kustomize.spec import Spec
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError, NotFound

ORIGIN_REVISION = "org.opencontainers.image.revision"
"""The annotation by which an OCI artifact tells what it was made from."""

_API = "source.toolkit.fluxcd.io/v1"
_SERVED = ("GitRepository", "OCIRepository")
_NOT_YET = "Source artifact not found, retrying in 30s"


def artifact_of(client: Client, spec: Spec) -> Mapping[str, Any]:
    """`.status.artifact` of the source. Raises Failed, Waits."""
    source = spec.source
    try:
        obj = client.get(_API, source.kind, source.name, source.namespace)
    except NotFound as error:
        told = f'{source.kind}.source.toolkit.fluxcd.io "{source.name}" not found'
        raise Waits(ARTIFACT, told, pause=spec.retry) from error
    except ApiError as error:
        raise Failed(ARTIFACT, error.message) from error
    artifact: Mapping[str, Any] | None = (obj.get("status") or {}).get("artifact")
    if not artifact:
        raise Waits(ARTIFACT, _NOT_YET)
    return artifact


def refuse_unsupported(spec: Spec, reaches: bool) -> None:
    """Raises Stalled for a field that is not served; none is passed over in silence.

    `reaches`: whether other clusters may be named.
    """
    if spec.source.kind == "ExternalArtifact":
        told = f"can't access '{spec.source.kind}/{spec.source.namespace}/{spec.source.name}'"
        raise Stalled("AccessDenied", f"{told}, ExternalArtifact feature gate is disabled")
    if spec.source.kind not in _SERVED:
        raise _unsupported("spec.sourceRef.kind", f"{spec.source.kind} is not served.")
    if what := refused(spec.raw, reaches):
        raise Stalled("UnsupportedField", what)
    if (spec.get("decryption") or {}).get("serviceAccountName"):
        gate = "ObjectLevelWorkloadIdentity"
        told = "to use spec.decryption.serviceAccountName for decryption authentication please"
        message = f"{told} enable the {gate} feature gate in the controller"
        raise Stalled("FeatureGateDisabled", message)


def _unsupported(field: str, why: str) -> Stalled:
    return Stalled("UnsupportedField", f"{field} is not supported by GitOps Lab: {why}")
