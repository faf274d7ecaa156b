"""Which pod of a StatefulSet is which, and how each is to look. Pure."""

import re

from gitops_lab.controllers.framework.pods import pod_from_template
from gitops_lab.kube.objects import Object, copied, labels_of, name_of

REVISION = "controller-revision-hash"
POD_NAME, POD_INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
_FORM = re.compile(r"(.*)-([0-9]+)$")


def parent_of(pod: Object) -> str:
    """The name of the set that a pod is named after; "" when it is named otherwise."""
    found = _FORM.match(name_of(pod))
    return found[1] if found else ""


def ordinal_of(pod: Object) -> int:
    """The number that a pod's name ends in; -1 when it ends otherwise."""
    found = _FORM.match(name_of(pod))
    return int(found[2]) if found and int(found[2]) < 2**31 else -1


def replicas(one: Object) -> int:
    """spec.replicas; 1 where it is not set."""
    count = one["spec"].get("replicas")
    return 1 if count is None else int(count)


def first_ordinal(one: Object) -> int:
    """The number of the first pod."""
    return int((one["spec"].get("ordinals") or {}).get("start") or 0)


def is_in_range(one: Object, ordinal: int) -> bool:
    """Whether the set is to have a pod of that number."""
    return first_ordinal(one) <= ordinal < first_ordinal(one) + replicas(one)


def partition(one: Object) -> int:
    """Pods of lower numbers stay on the current revision."""
    rolling = (one["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return int(rolling.get("partition") or 0)


def revision_of(pod: Object) -> str:
    """The name of the revision that a pod was made from."""
    return labels_of(pod).get(REVISION, "")


def is_created(pod: Object) -> bool:
    """Whether the API has the pod; one that is only planned has no phase."""
    return bool((pod.get("status") or {}).get("phase"))


def claim_name(template: Object, one: Object, ordinal: int) -> str:
    """The claim of one pod from one of the set's claim templates."""
    return f"{name_of(template)}-{name_of(one)}-{ordinal}"


def claims_of(one: Object, ordinal: int) -> dict[str, Object]:
    """The claims of one pod by the volume they are for."""
    labels = (one["spec"].get("selector") or {}).get("matchLabels") or {}
    claims: dict[str, Object] = {}
    for template in one["spec"].get("volumeClaimTemplates") or []:
        claim = copied(template)
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        metadata = {
            **claim["metadata"],
            "name": claim_name(template, one, ordinal),
            "namespace": one["metadata"]["namespace"],
            "labels": {**labels_of(claim), **labels},
        }
        claims[name_of(template)] = {**claim, "metadata": metadata}
    return claims


def make_pod(one: Object, reference: Object, ordinal: int, revision: str) -> Object:
    """The pod of that number from the set's template."""
    pod = pod_from_template(one["spec"]["template"], one, reference)
    pod["metadata"].pop("generateName")
    name = f"{name_of(one)}-{ordinal}"
    pod["metadata"]["name"] = name
    pod["spec"]["hostname"] = name
    if one["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = one["spec"]["serviceName"]
    pod = with_storage(one, with_identity(pod))
    pod["metadata"]["labels"][REVISION] = revision
    return pod


def with_identity(pod: Object) -> Object:
    """The pod with the labels that tell its name and number."""
    labels = {
        **labels_of(pod),
        POD_NAME: name_of(pod),
        POD_INDEX: str(ordinal_of(pod)),
    }
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}}


def with_storage(one: Object, pod: Object) -> Object:
    """The pod with the volumes of its own claims."""
    claims = claims_of(one, ordinal_of(pod))
    own = [
        {"name": name, "persistentVolumeClaim": {"claimName": name_of(claim)}}
        for name, claim in claims.items()
    ]
    others = [v for v in pod["spec"].get("volumes") or [] if v["name"] not in claims]
    if not own and not others:
        return pod
    return {**pod, "spec": {**pod["spec"], "volumes": [*own, *others]}}


def identity_matches(one: Object, pod: Object) -> bool:
    """Whether a pod carries its own name as a label."""
    return parent_of(pod) == name_of(one) and labels_of(pod).get(POD_NAME) == name_of(pod)


def storage_matches(one: Object, pod: Object) -> bool:
    """Whether a pod mounts the claims that are its own."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or []}
    return all(
        ((volumes.get(name) or {}).get("persistentVolumeClaim") or {}).get("claimName")
        == name_of(claim)
        for name, claim in claims_of(one, ordinal_of(pod)).items()
    )
