"""Defaults of kinds outside core, apps, batch and autoscaling."""

from typing import Any

Fields = dict[str, Any]
CSI_OFF = (
    "podInfoOnMount",
    "storageCapacity",
    "requiresRepublish",
    "seLinuxMount",
    "preventPodSchedulingIfMissing",
)
RBAC = "rbac.authorization.k8s.io"


def binding(obj: Fields) -> None:
    """A RoleBinding's or ClusterRoleBinding's references are to RBAC's own group."""
    obj["roleRef"]["apiGroup"] = obj["roleRef"].get("apiGroup") or RBAC
    for subject in obj.get("subjects", ()):
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", RBAC)


def network_policy(obj: Fields) -> None:
    """About ingress, and egress when it has such rules; TCP ports."""
    spec = obj["spec"]
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for rule in [*spec.get("ingress", ()), *spec.get("egress", ())]:
        for port in rule.get("ports", ()):
            port.setdefault("protocol", "TCP")


def ingress_class(obj: Fields) -> None:
    """Parameters are cluster-wide objects."""
    if "parameters" in obj["spec"]:
        parameters = obj["spec"]["parameters"]
        parameters["scope"] = parameters.get("scope") or "Cluster"


def storage_class(obj: Fields) -> None:
    """Deleted after release, bound at once."""
    obj.setdefault("reclaimPolicy", "Delete")
    obj.setdefault("volumeBindingMode", "Immediate")


def csi_driver(obj: Fields) -> None:
    """Attach required, persistent volumes."""
    spec = obj["spec"]
    spec.setdefault("attachRequired", True)
    for name in CSI_OFF:
        spec.setdefault(name, False)
    spec.setdefault("fsGroupPolicy", "ReadWriteOnceWithFSType")
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def priority_class(obj: Fields) -> None:
    """Pre-empts lower priorities."""
    obj.setdefault("preemptionPolicy", "PreemptLowerPriority")


def endpoint_slice(obj: Fields) -> None:
    """Unnamed TCP ports."""
    for port in obj.get("ports") or ():
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def custom_resource_definition(obj: Fields) -> None:
    """Names that follow from the kind, no conversion, the stored version."""
    spec = obj["spec"]
    names = spec["names"]
    kind = names.get("kind", "")
    names.setdefault("singular", kind.lower())
    if kind:
        names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {"strategy": "None"})
    _webhook_port(spec["conversion"].get("webhook", {}).get("clientConfig"))
    if not obj["status"].get("storedVersions"):
        stored = [v["name"] for v in spec.get("versions") or () if v.get("storage")][:1]
        obj["status"]["storedVersions"] = stored or None


def api_service(obj: Fields) -> None:
    """HTTPS."""
    if obj["spec"].get("service"):
        obj["spec"]["service"].setdefault("port", 443)


def webhooks(obj: Fields) -> None:
    """Validating webhooks: fail closed, match equivalents, everywhere, ten seconds."""
    for hook in obj.get("webhooks", ()):
        hook.setdefault("failurePolicy", "Fail")
        hook.setdefault("matchPolicy", "Equivalent")
        hook.setdefault("namespaceSelector", {})
        hook.setdefault("objectSelector", {})
        hook.setdefault("timeoutSeconds", 10)
        for rule in hook.get("rules", ()):
            rule.setdefault("scope", "*")
        _webhook_port(hook.get("clientConfig"))


def mutating_webhooks(obj: Fields) -> None:
    """Mutating webhooks are not called again."""
    webhooks(obj)
    for hook in obj.get("webhooks", ()):
        hook.setdefault("reinvocationPolicy", "Never")


def admission_policy(obj: Fields) -> None:
    """Fail closed; matches equivalents everywhere."""
    obj["spec"].setdefault("failurePolicy", "Fail")
    _match_resources(obj["spec"].get("matchConstraints"))


def admission_policy_binding(obj: Fields) -> None:
    """Matches equivalents everywhere."""
    _match_resources(obj["spec"].get("matchResources"))


def _match_resources(match: Fields | None) -> None:
    if match is None:
        return
    match.setdefault("matchPolicy", "Equivalent")
    match.setdefault("namespaceSelector", {})
    match.setdefault("objectSelector", {})
    for rule in [*match.get("resourceRules", ()), *match.get("excludeResourceRules", ())]:
        rule.setdefault("scope", "*")


def _webhook_port(config: Fields | None) -> None:
    if config and config.get("service"):
        config["service"].setdefault("port", 443)
