"""Namespaces, configuration, nodes, events, leases and access rules."""

from gitops_lab.apiserver.tables.columns import (
    AGE,
    NAME,
    NONE,
    Cells,
    Column,
    Object,
    Printer,
    age_of,
    columns,
    condition_is,
    name_of,
    number,
    part,
    wide,
)
from gitops_lab.apiserver.tables.durations import UNKNOWN, human_duration, since

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


def _namespace(obj: Object) -> Cells:
    return [name_of(obj), part(obj, "status").get("phase", ""), age_of(obj)]


def _config_map(obj: Object) -> Cells:
    return [name_of(obj), len(part(obj, "data")) + len(part(obj, "binaryData")), age_of(obj)]


def _secret(obj: Object) -> Cells:
    return [name_of(obj), obj.get("type", ""), len(part(obj, "data")), age_of(obj)]


def _named(obj: Object) -> Cells:
    return [name_of(obj), age_of(obj)]


def _lease(obj: Object) -> Cells:
    return [name_of(obj), part(obj, "spec").get("holderIdentity") or "", age_of(obj)]


def _node(obj: Object) -> Cells:
    info = part(obj, "status", "nodeInfo")
    roles = ",".join(_node_roles(part(obj, "metadata", "labels"))) or NONE
    kernel = info.get("kernelVersion") or UNKNOWN
    if info.get("architecture"):
        kernel += f" ({info['architecture']})"
    shown = [_node_status(obj), roles, age_of(obj), info.get("kubeletVersion", "")]
    addresses = [_address(obj, "InternalIP"), _address(obj, "ExternalIP")]
    software = [info.get("osImage") or UNKNOWN, kernel]
    return [
        name_of(obj), *shown, *addresses, *software,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]  # fmt: skip


def _node_status(obj: Object) -> str:
    conditions = part(obj, "status").get("conditions") or []
    ready = [each.get("status") for each in conditions if each.get("type") == "Ready"]
    found = [("Ready" if ready[-1] == "True" else "NotReady") if ready else "Unknown"]
    if part(obj, "spec").get("unschedulable"):
        found.append("SchedulingDisabled")
    return ",".join(found)


def _node_roles(labels: Object) -> list[str]:
    found = {key.removeprefix(ROLE_PREFIX) for key in labels if key.startswith(ROLE_PREFIX)}
    return sorted((found | {labels.get(ROLE_LABEL) or ""}) - {""})


def _address(obj: Object, kind: str) -> str:
    for each in part(obj, "status").get("addresses") or []:
        if each.get("type") == kind:
            return str(each["address"])
    return NONE


def _event(obj: Object) -> Cells:
    about, source = part(obj, "involvedObject"), part(obj, "source")
    first, last, count = _event_times(obj)
    kind = str(about.get("kind", "")).lower()
    target = f"{kind}/{about['name']}" if about.get("name") else kind
    host = source.get("host") or obj.get("reportingInstance")
    origin = source.get("component") or obj.get("reportingComponent") or ""
    return [
        last, obj.get("type", ""), obj.get("reason", ""), target, about.get("fieldPath", ""),
        f"{origin}, {host}" if host else origin, str(obj.get("message", "")).strip(),
        first, count, name_of(obj),
    ]  # fmt: skip


def _event_times(obj: Object) -> tuple[str, str, int]:
    first = since(obj.get("firstTimestamp") or obj.get("eventTime"))
    last = since(obj["lastTimestamp"]) if obj.get("lastTimestamp") else first
    series = obj.get("series")
    if series:
        return first, since(series.get("lastObservedTime")), int(series.get("count") or 0)
    return first, last, int(obj.get("count") or 1)


def _role_binding(obj: Object) -> Cells:
    role = part(obj, "roleRef")
    them = obj.get("subjects") or []
    users = [each["name"] for each in them if each.get("kind") == "User"]
    groups = [each["name"] for each in them if each.get("kind") == "Group"]
    accounts = [
        f"{each.get('namespace', '')}/{each['name']}"
        for each in them
        if each.get("kind") == "ServiceAccount"
    ]
    lists = [", ".join(each) for each in (users, groups, accounts)]
    return [name_of(obj), f"{role.get('kind')}/{role.get('name')}", age_of(obj), *lists]


def _api_service(obj: Object) -> Cells:
    service = part(obj, "spec").get("service")
    where = f"{service['namespace']}/{service['name']}" if service else "Local"
    available = [
        each["status"] for each in part(obj, "status").get("conditions") or []
        if each.get("type") == "Available"
    ]  # fmt: skip
    return [name_of(obj), where, available[0] if available else "Unknown", age_of(obj)]


def _definition(obj: Object) -> Cells:
    spec = part(obj, "spec")
    served = sorted(
        each["name"] + ("(storage)" if each.get("storage") else "")
        for each in spec.get("versions") or []
        if each.get("served")
    )
    names = part(spec, "names")
    return [
        name_of(obj), spec.get("scope", ""), ",".join(served),
        part(obj, "metadata").get("creationTimestamp"), spec.get("group", ""),
        names.get("kind", ""), ",".join(names.get("shortNames") or []),
        condition_is(obj, "Established"),
    ]  # fmt: skip


def _signing_request(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    seconds = spec.get("expirationSeconds")
    said = [each["type"] for each in status.get("conditions") or []] or ["Pending"]
    if status.get("certificate"):
        said.append("Issued")
    return [
        name_of(obj), age_of(obj), spec.get("signerName", ""), spec.get("username", ""),
        NONE if seconds is None else human_duration(int(seconds)), ",".join(said),
    ]  # fmt: skip


_EVENT = Printer(
    columns(
        "Last Seen", "Type", "Reason", "Object", wide("Subobject"), wide("Source"), "Message",
        wide("First Seen"), wide("Count"), Column("Name", priority=1, format="name"),
    ),
    _event,
)  # fmt: skip
_BINDING = Printer(
    columns(NAME, "Role", AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")),
    _role_binding,
)

PRINTERS = {
    ("", "Namespace"): Printer(columns(NAME, "Status", AGE), _namespace),
    ("", "ConfigMap"): Printer(columns(NAME, "Data", AGE), _config_map),
    ("", "Secret"): Printer(columns(NAME, "Type", "Data", AGE), _secret),
    ("", "ServiceAccount"): Printer(columns(NAME, AGE), _named),
    ("coordination.k8s.io", "Lease"): Printer(columns(NAME, "Holder", AGE), _lease),
    ("", "Node"): Printer(
        columns(
            NAME, "Status", "Roles", AGE, "Version", wide("Internal-IP"), wide("External-IP"),
            wide("OS-Image"), wide("Kernel-Version"), wide("Container-Runtime"),
        ),
        _node,
    ),
    ("", "Event"): _EVENT,
    ("events.k8s.io", "Event"): _EVENT,
    ("rbac.authorization.k8s.io", "RoleBinding"): _BINDING,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _BINDING,
    ("apiregistration.k8s.io", "APIService"): Printer(
        columns(NAME, "Service", "Available", AGE), _api_service
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Printer(
        columns(
            NAME, "Scope", "Versions", Column("Created At", "date"), wide("Group"), wide("Kind"),
            wide("ShortNames"), Column("Established", "boolean", priority=1),
        ),
        _definition,
    ),
    ("certificates.k8s.io", "CertificateSigningRequest"): Printer(
        columns(NAME, AGE, "SignerName", "Requestor", "RequestedDuration", "Condition"),
        _signing_request,
    ),
    ("scheduling.k8s.io", "PriorityClass"): Printer(
        columns(
            NAME, number("Value"), Column("Global-Default", "boolean"), AGE, "PreemptionPolicy"
        ),
        lambda obj: [
            name_of(obj), obj.get("value", 0), bool(obj.get("globalDefault")), age_of(obj),
            obj.get("preemptionPolicy", ""),
        ],
    ),
}  # fmt: skip
