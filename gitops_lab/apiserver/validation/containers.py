"""Containers: names, ports, environment, mounts, resources, probes."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types.quantity import parse_quantity
from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)

Fields = dict[str, Any]
Problems = Iterator[FieldError]
PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
NOT_NEGATIVE = "must be greater than or equal to 0"


def check_container(container: Fields, path: str, volumes: set[str]) -> Problems:
    """What every container must have; `volumes` are the pod's."""
    name = container.get("name", "")
    if not name:
        yield required(f"{path}.name")
    for why in names.label(name) if name else ():
        yield invalid(f"{path}.name", name, why)
    if not container.get("image"):
        yield required(f"{path}.image")
    elif container["image"] != container["image"].strip():
        detail = "must not have leading or trailing whitespace"
        yield invalid(f"{path}.image", container["image"], detail)
    policy = container.get("terminationMessagePolicy")
    if policy not in MESSAGE_POLICIES:
        yield not_supported(f"{path}.terminationMessagePolicy", policy, MESSAGE_POLICIES)
    yield from _ports(container.get("ports", ()), f"{path}.ports")
    yield from _environment(container.get("env", ()), f"{path}.env")
    yield from _environment_sources(container.get("envFrom", ()), f"{path}.envFrom")
    yield from _mounts(container.get("volumeMounts", ()), f"{path}.volumeMounts", volumes)
    pull = container.get("imagePullPolicy")
    if pull not in PULL_POLICIES:
        yield not_supported(f"{path}.imagePullPolicy", pull, PULL_POLICIES)
    yield from check_resources(container.get("resources", {}), f"{path}.resources")


def _ports(ports: list[Fields], path: str) -> Problems:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = f"{path}[{index}]", port.get("name", "")
        wrong = names.port_name(name) if name else []
        for why in wrong:
            yield invalid(f"{here}.name", name, why)
        if name and not wrong:
            if name in seen:
                yield duplicate(f"{here}.name", name)
            seen.add(name)
        if not port.get("containerPort"):
            yield required(f"{here}.containerPort")
        for field in ("containerPort", "hostPort"):
            for why in names.port_number(port[field]) if port.get(field) else ():
                yield invalid(f"{here}.{field}", port[field], why)
        if port.get("protocol") not in PROTOCOLS:
            yield not_supported(f"{here}.protocol", port.get("protocol"), PROTOCOLS)


SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
ONE_OF = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"


def _environment(variables: list[Fields], path: str) -> Problems:
    for index, variable in enumerate(variables):
        here, name = f"{path}[{index}]", variable.get("name", "")
        if not name:
            yield required(f"{here}.name")
        for why in names.variable(name):
            yield invalid(f"{here}.name", name, why)
        source = variable.get("valueFrom")
        if source is not None:
            filled = bool(variable.get("value"))
            yield from _source(source, f"{here}.valueFrom", filled)


def _source(source: Fields, path: str, filled: bool) -> Problems:
    given = [name for name in SOURCES if name in source]
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name not in source:
            continue
        key = source[name].get("key", "")
        if not key:
            yield required(f"{path}.{name}.key")
        for why in names.config_key(key) if key else ():
            yield invalid(f"{path}.{name}.key", key, why)
    if "fieldRef" in source and not source["fieldRef"].get("fieldPath"):
        yield required(f"{path}.fieldRef.fieldPath")
    if not given:
        yield invalid(path, "", f"must specify one of: {ONE_OF}")
    elif filled:
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _environment_sources(sources: list[Fields], path: str) -> Problems:
    for index, source in enumerate(sources):
        given = [name for name in ("configMapRef", "secretRef") if name in source]
        here = f"{path}[{index}]"
        for name in given:
            if not source[name].get("name"):
                yield required(f"{here}.{name}.name")
        if not given:
            yield invalid(here, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid(here, "", "may not have more than one field specified at a time")


def _mounts(mounts: list[Fields], path: str, volumes: set[str]) -> Problems:
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        here, name = f"{path}[{index}]", mount.get("name", "")
        if not name:
            yield required(f"{here}.name")
        if name not in volumes:
            yield not_found(f"{here}.name", name)
        place = mount.get("mountPath", "")
        if not place:
            yield required(f"{here}.mountPath")
        if place in seen:
            yield invalid(f"{here}.mountPath", place, "must be unique")
        seen.add(place)
        if mount.get("subPath") and mount.get("subPathExpr"):
            detail = "subPathExpr and subPath are mutually exclusive"
            yield invalid(f"{here}.subPathExpr", mount["subPathExpr"], detail)


STANDARD = ("cpu", "memory", "ephemeral-storage")


def check_resources(resources: Fields, path: str) -> Problems:
    """Known resources, no negative ones, and no request over its limit."""
    limits = resources.get("limits", {})
    for part in ("limits", "requests"):
        for name, quantity in resources.get(part, {}).items():
            here = f"{path}.{part}[{name}]"
            if "/" not in name and name not in STANDARD and not name.startswith("hugepages-"):
                yield invalid(here, name, "must be a standard resource type or fully qualified")
                yield invalid(here, name, "must be a standard resource for containers")
            amount = parse_quantity(quantity).value
            if amount < 0:
                yield invalid(here, quantity, NOT_NEGATIVE)
            limit = limits.get(name, quantity)
            if part == "requests" and amount > parse_quantity(limit).value:
                detail = f"must be less than or equal to {name} limit of {limit}"
                yield invalid(f"{path}.requests", quantity, detail)


def check_container_parts(container: Fields, path: str) -> Problems:
    """Probes and hooks, which init containers don't have."""
    for name in ("postStart", "preStop"):
        hook = container.get("lifecycle", {}).get(name)
        if hook is not None:
            yield from _handler(hook, f"{path}.lifecycle.{name}")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        yield from _probe(probe, f"{path}.{name}")
        if name != "readinessProbe" and probe.get("successThreshold") != 1:
            threshold = probe.get("successThreshold", 0)
            yield invalid(f"{path}.{name}.successThreshold", threshold, "must be 1")


TIMES = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def _probe(probe: Fields, path: str) -> Problems:
    yield from _handler(probe, path)
    for field in TIMES:
        if probe.get(field, 0) < 0:
            yield invalid(f"{path}.{field}", probe[field], NOT_NEGATIVE)
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        yield invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0")


def _handler(holder: Fields, path: str) -> Problems:
    given = [name for name in HANDLERS if name in holder]
    if not given:
        yield required(path, "must specify a handler type")
        return
    for extra in given[1:]:
        yield forbidden(f"{path}.{extra}", "may not specify more than 1 handler type")
    name, action = given[0], holder[given[0]]
    here = f"{path}.{name}"
    if name == "exec" and not action.get("command"):
        yield required(f"{here}.command")
    if name in ("httpGet", "tcpSocket"):
        for why in names.port(action.get("port", 0)):
            yield invalid(f"{here}.port", action.get("port", 0), why)
    if name == "grpc":
        for why in names.port_number(action.get("port", 0)):
            yield invalid(f"{here}.port", action.get("port", 0), why)
    if name == "httpGet":
        if action.get("scheme") not in ("HTTP", "HTTPS"):
            yield not_supported(f"{here}.scheme", action.get("scheme"), ("HTTP", "HTTPS"))
        for each in action.get("httpHeaders", ()):
            for why in names.header(each.get("name", "")):
                yield invalid(f"{here}.httpHeaders", each.get("name", ""), why)
