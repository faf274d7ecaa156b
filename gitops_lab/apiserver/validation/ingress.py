"""Ingresses: hosts, paths and backends."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import FieldError, invalid, not_supported, required

Fields = dict[str, Any]
Problems = Iterator[FieldError]
PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
BAD_ENDINGS = ("/..", "/.")


def ingress(new: Fields, old: Fields | None) -> Problems:
    """An Ingress needs rules or a default backend."""
    spec = new["spec"]
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend"):
        yield from _backend(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(spec.get("rules") or ()):
        yield from _rule(rule, f"spec.rules[{index}]")
    if spec.get("ingressClassName"):
        for detail in names.subdomain(spec["ingressClassName"]):
            yield invalid("spec.ingressClassName", spec["ingressClassName"], detail)


def _rule(rule: Fields, path: str) -> Problems:
    host = rule.get("host")
    if host:
        if _is_address(host):
            yield invalid(f"{path}.host", host, "must be a DNS name, not an IP address")
        for detail in names.subdomain(host.removeprefix("*.")):
            yield invalid(f"{path}.host", host, detail)
    if rule.get("http") is None:
        return
    if not rule["http"].get("paths"):
        yield required(f"{path}.http.paths")
    for index, each in enumerate(rule["http"].get("paths") or ()):
        yield from _path(each, f"{path}.http.paths[{index}]")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _path(each: Fields, path: str) -> Problems:
    kind, value = each.get("pathType"), each.get("path", "")
    if kind is None:
        yield required(f"{path}.pathType", "pathType must be specified")
        return
    if kind not in PATH_TYPES:
        yield not_supported(f"{path}.pathType", kind, PATH_TYPES)
    elif not value.startswith("/") and (value or kind != "ImplementationSpecific"):
        yield invalid(f"{path}.path", value, "must be an absolute path")
    if kind in ("Exact", "Prefix"):
        for bad in BAD_SEQUENCES:
            if bad in value:
                yield invalid(f"{path}.path", value, f"must not contain '{bad}'")
        for bad in BAD_ENDINGS:
            if value.endswith(bad):
                yield invalid(f"{path}.path", value, f"cannot end with '{bad}'")
    yield from _backend(each.get("backend") or {}, f"{path}.backend")


def _backend(backend: Fields, path: str) -> Problems:
    service = backend.get("service")
    if service is None:
        if not backend.get("resource"):
            yield invalid(path, "", "resource or service backend is required")
        return
    if backend.get("resource"):
        yield invalid(path, "", "cannot set both resource and service backends")
        return
    if not service.get("name"):
        yield required(f"{path}.service.name")
    else:
        for detail in names.label(service["name"]):
            yield invalid(f"{path}.service.name", service["name"], detail)
    yield from _backend_port(service.get("port") or {}, path)


def _backend_port(port: Fields, path: str) -> Problems:
    name, number = port.get("name"), port.get("number")
    if name and number:
        yield invalid(path, "", "cannot set both port name & port number")
    elif name:
        for detail in names.port_name(name):
            yield invalid(f"{path}.service.port.name", name, detail)
    elif number:
        for detail in names.port_number(number):
            yield invalid(f"{path}.service.port.number", number, detail)
    else:
        yield required(path, "port name or number is required")
