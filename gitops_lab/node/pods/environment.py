"""The environment of a container, as declared. Pure: the objects it names are given.

Order of precedence, as in Kubernetes: env over envFrom over service variables; a later entry
wins over an earlier one; `$(NAME)` is replaced in values, commands and arguments.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitops_lab.kube.objects import Object
from gitops_lab.node.pods.downward import PodAddress, field, resource

_EXPANSION = re.compile(r"\$(?:(\$)|\(([^()]*)\))")
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_SOURCES = {"configMap": "ConfigMap", "secret": "Secret"}

Reference = tuple[str, str]  # kind and name, in the pod's namespace
Sources = Mapping[Reference, Object | None]


class ConfigError(Exception):
    """Something that the container refers to is missing; the message is a kubelet's."""


@dataclass(frozen=True)
class Surroundings:
    """What a container's variables may refer to besides the pod itself."""

    sources: Sources
    address: PodAddress
    services: Mapping[str, str]


def references(container: Object) -> list[Reference]:
    """The ConfigMaps and Secrets that a container's variables come from."""
    found: list[Reference] = []
    for entry in container.get("envFrom") or []:
        for prefix, kind in _SOURCES.items():
            if source := entry.get(f"{prefix}Ref"):
                found.append((kind, source["name"]))
    for entry in container.get("env") or []:
        for prefix, kind in _SOURCES.items():
            if source := (entry.get("valueFrom") or {}).get(f"{prefix}KeyRef"):
                found.append((kind, source["name"]))
    return found


def resolve(pod: Object, container: Object, around: Surroundings) -> dict[str, str]:
    """All declared variables with their values. Raises ConfigError."""
    values: dict[str, str] = {}
    namespace = pod["metadata"]["namespace"]
    for entry in container.get("envFrom") or []:
        values.update(_all_of(entry, namespace, around.sources))
    for entry in container.get("env") or []:
        if "valueFrom" in entry:
            value = _value_from(pod, container, entry["valueFrom"], around)
        else:
            value = expand(entry.get("value") or "", {**around.services, **values})
        if value is not None:
            values[entry["name"]] = value
    return {**around.services, **values}


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)` where NAME is known; `$$` stands for one `$`."""

    def replaced(match: re.Match[str]) -> str:
        return "$" if match[1] else values.get(match[2], match[0])

    return _EXPANSION.sub(replaced, text)


def service_variables(services: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """The variables by which a pod finds Services: `{name, host, ports: [(name, port)]}` each."""
    found: dict[str, str] = {}
    for service in services:
        prefix = str(service["name"]).upper().replace("-", "_")
        host, ports = str(service["host"]), service["ports"]
        assert isinstance(ports, list)
        found[f"{prefix}_SERVICE_HOST"] = host
        for index, (name, port) in enumerate(ports):
            if index == 0:
                found[f"{prefix}_SERVICE_PORT"] = str(port)
                found[f"{prefix}_PORT"] = f"tcp://{host}:{port}"
            if name:
                found[f"{prefix}_SERVICE_PORT_{name.upper().replace('-', '_')}"] = str(port)
    return found


def data_of(kind: str, obj: Object) -> dict[str, bytes]:
    """The content of a ConfigMap or Secret as bytes."""
    if kind == "Secret":
        return {k: base64.b64decode(v) for k, v in (obj.get("data") or {}).items()}
    plain = {key: value.encode() for key, value in (obj.get("data") or {}).items()}
    binary = {k: base64.b64decode(v) for k, v in (obj.get("binaryData") or {}).items()}
    return {**plain, **binary}


def _all_of(entry: Object, namespace: str, sources: Sources) -> dict[str, str]:
    for prefix, kind in _SOURCES.items():
        if source := entry.get(f"{prefix}Ref"):
            obj = _source(kind, source, namespace, sources)
            data = data_of(kind, obj) if obj else {}
            start = entry.get("prefix") or ""
            return {
                start + key: value.decode(errors="replace")
                for key, value in data.items()
                if _NAME.fullmatch(start + key)
            }
    return {}


def _value_from(pod: Object, container: Object, source: Object, around: Surroundings) -> str | None:
    try:
        if reference := source.get("fieldRef"):
            return field(pod, reference["fieldPath"], around.address)
        if reference := source.get("resourceFieldRef"):
            return resource(pod, reference, container["name"])
    except KeyError as error:
        raise ConfigError(f"unsupported fieldPath: {error.args[0]}") from error
    for prefix, kind in _SOURCES.items():
        if reference := source.get(f"{prefix}KeyRef"):
            return _key(kind, reference, pod["metadata"]["namespace"], around.sources)
    return None


def _key(kind: str, reference: Object, namespace: str, sources: Sources) -> str | None:
    obj = _source(kind, reference, namespace, sources)
    if obj is None:
        return None
    data = data_of(kind, obj)
    if reference["key"] in data:
        return data[reference["key"]].decode(errors="replace")
    if reference.get("optional"):
        return None
    raise ConfigError(
        f"couldn't find key {reference['key']} in {kind} {namespace}/{reference['name']}"
    )


def _source(kind: str, reference: Object, namespace: str, sources: Sources) -> Object | None:
    obj = sources.get((kind, reference["name"]))
    if obj is None and not reference.get("optional"):
        raise ConfigError(f'{kind.lower()} "{reference["name"]}" not found')
    return obj
