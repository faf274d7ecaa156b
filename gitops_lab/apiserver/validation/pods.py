"""Pod specs, of pods and of templates."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.containers import check_container, check_container_parts
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.metadata import check_annotations, check_labels
from gitops_lab.apiserver.validation.sysctls import check_sysctls
from gitops_lab.apiserver.validation.volumes import check_volumes

Fields = dict[str, Any]
Problems = Iterator[FieldError]
RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
LARGEST = 2**31 - 1


def pod(new: Fields, old: Fields | None) -> Problems:
    """A Pod; what of its spec may change is the strategy's business."""
    if old is None or new["spec"] != old["spec"]:
        yield from check_pod_spec(new["spec"], "spec")
    if old is None and new["spec"].get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")


def check_template(template: Fields, path: str) -> Problems:
    """A workload's pod template."""
    metadata = template.get("metadata", {})
    yield from check_labels(metadata.get("labels"), f"{path}.labels")
    yield from check_annotations(metadata.get("annotations"), f"{path}.annotations")
    yield from check_pod_spec(template["spec"], f"{path}.spec")
    if template["spec"].get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        yield forbidden(f"{path}.spec.ephemeralContainers", detail)


def check_pod_spec(spec: Fields, path: str) -> Problems:
    """Volumes, containers, policies and names."""
    volumes: set[str] = set()
    yield from check_volumes(spec.get("volumes", ()), f"{path}.volumes", volumes)
    yield from _containers(spec.get("containers"), f"{path}.containers", volumes)
    yield from _init_containers(spec, f"{path}.initContainers", volumes)
    yield from _ephemeral_containers(spec, f"{path}.ephemeralContainers", volumes)
    policy = spec.get("restartPolicy")
    if policy not in RESTART_POLICIES:
        yield not_supported(f"{path}.restartPolicy", policy, RESTART_POLICIES)
    if spec.get("dnsPolicy") not in DNS_POLICIES:
        yield not_supported(f"{path}.dnsPolicy", spec.get("dnsPolicy"), DNS_POLICIES)
    if spec.get("dnsPolicy") == "None":
        yield from _own_dns(spec.get("dnsConfig"), f"{path}.dnsConfig")
    yield from check_labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    for field in ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"):
        for why in names.subdomain(spec[field]) if spec.get(field) else ():
            yield invalid(f"{path}.{field}", spec[field], why)
    for field in ("hostname", "subdomain"):
        for why in names.label(spec[field]) if spec.get(field) else ():
            yield invalid(f"{path}.{field}", spec[field], why)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= LARGEST:
        detail = f"must be between 1 and {LARGEST}, inclusive"
        yield invalid(f"{path}.activeDeadlineSeconds", deadline, detail)
    sysctls = (spec.get("securityContext") or {}).get("sysctls")
    yield from check_sysctls(sysctls or (), spec, f"{path}.securityContext.sysctls")
    yield from _tolerations(spec.get("tolerations", ()), f"{path}.tolerations")


def _own_dns(config: Fields | None, path: str) -> Problems:
    if config is None:
        yield required(path, "must provide `dnsConfig` when `dnsPolicy` is None")
    elif not config.get("nameservers"):
        detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(f"{path}.nameservers", detail)


def _containers(containers: list[Fields] | None, path: str, volumes: set[str]) -> Problems:
    if not containers:
        yield required(path)
        return
    seen: set[str] = set()
    for index, container in enumerate(containers):
        here = f"{path}[{index}]"
        yield from check_container(container, here, volumes)
        name = container.get("name", "")
        if name in seen:
            yield duplicate(f"{here}.name", name)
        seen.add(name)
        yield from check_container_parts(container, here)


def _init_containers(spec: Fields, path: str, volumes: set[str]) -> Problems:
    seen = {container.get("name") for container in spec.get("containers") or ()}
    for index, container in enumerate(spec.get("initContainers", ())):
        here = f"{path}[{index}]"
        yield from check_container(container, here, volumes)
        name = container.get("name", "")
        if name and name in seen:
            yield duplicate(f"{here}.name", name)
        seen.add(name)
        if container.get("restartPolicy") == "Always":  # a sidecar
            yield from check_container_parts(container, here)
            continue
        for part in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if part in container:
                detail = "may not be set for init containers without restartPolicy=Always"
                yield forbidden(f"{here}.{part}", detail)


_NOT_EPHEMERAL = ("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def _ephemeral_containers(spec: Fields, path: str, volumes: set[str]) -> Problems:
    """Containers for debugging: no services, no probes, no resources."""
    lists = ("containers", "initContainers")
    others = {each.get("name") for name in lists for each in spec.get(name) or ()}
    seen = set(others)
    for index, container in enumerate(spec.get("ephemeralContainers", ())):
        here, name = f"{path}[{index}]", container.get("name", "")
        yield from check_container(container, here, volumes)
        if name in seen:
            yield duplicate(f"{here}.name", name)
        seen.add(name)
        target = container.get("targetContainerName")
        if target and target not in others:
            yield not_found(f"{here}.targetContainerName", target)
        for field in (*_NOT_EPHEMERAL, "resources"):
            if container.get(field):
                yield forbidden(f"{here}.{field}", "cannot be set for an Ephemeral Container")


EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def _tolerations(tolerations: list[Fields], path: str) -> Problems:
    for index, each in enumerate(tolerations):
        here = f"{path}[{index}]"
        key, operator = each.get("key", ""), each.get("operator", "")
        for why in names.qualified(key) if key else ():
            yield invalid(f"{here}.key", key, why)
        if not key and operator != "Exists":
            detail = (
                "operator must be Exists when `key` is empty, which means "
                '"match all values and all keys"'
            )
            yield invalid(f"{here}.operator", operator, detail)
        if operator == "Exists" and each.get("value"):
            detail = "value must be empty when `operator` is 'Exists'"
            yield invalid(f"{here}.operator", each, detail)
        if operator not in ("", "Equal", "Exists", "Lt", "Gt"):
            yield not_supported(f"{here}.operator", operator, ("Equal", "Exists"))
        if each.get("effect") and each["effect"] not in EFFECTS:
            yield not_supported(f"{here}.effect", each["effect"], EFFECTS)
