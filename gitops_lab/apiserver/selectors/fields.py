"""Field selectors, and which fields each kind offers to them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.types.registry import Resource

Body = dict[str, Any]

_CLAUSE = re.compile(r"((?:[^\\=!]|\\.)+?)(!=|==|=)((?:[^\\]|\\.)*)$")
_SPLIT = re.compile(r"(?<!\\),")
_UNESCAPE = re.compile(r"\\([\\,=])")

# Beyond metadata.name and metadata.namespace, which every kind has; from each kind's strategy and
# conversion functions in Kubernetes.
SELECTABLE: dict[str, dict[str, str]] = {
    "/pods": dict.fromkeys(
        (
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ),
        "",
    )
    | {"spec.hostNetwork": "false"},
    "/events": dict.fromkeys(
        (
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
            # The same events as events.k8s.io names their fields.
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "reportingController",
        ),
        "",
    ),
    "/secrets": {"type": ""},
    "/namespaces": {"status.phase": ""},
    "/nodes": {"spec.unschedulable": "false"},
    "/services": {"spec.clusterIP": "", "spec.type": ""},
    "/replicationcontrollers": {"status.replicas": "0"},
    "apps/replicasets": {"status.replicas": "0"},
    "batch/jobs": {"status.successful": "0"},
    "certificates.k8s.io/certificatesigningrequests": {"spec.signerName": ""},
}
_ELSEWHERE = {
    "status.successful": ("status", "succeeded"),
    "source": ("source", "component"),
    "regarding.kind": ("involvedObject", "kind"),
    "regarding.namespace": ("involvedObject", "namespace"),
    "regarding.name": ("involvedObject", "name"),
    "regarding.uid": ("involvedObject", "uid"),
    "reportingController": ("reportingComponent",),
}


@dataclass(frozen=True)
class FieldSelector:
    """Clauses of (field, value, whether equal), all of which must hold."""

    clauses: tuple[tuple[str, str, bool], ...]

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether fields meet every clause."""
        return all((fields.get(name, "") == value) == equal for name, value, equal in self.clauses)

    def required(self, field: str) -> str:
        """The value that a field must equal, "" when it is free."""
        return next((v for name, v, equal in self.clauses if equal and name == field), "")


def parse_fields(
    text: str, resource: Resource, selectable: Mapping[str, str]
) -> FieldSelector | None:
    """The selector; None for an empty text. Raises StatusError 400 for an unknown field."""
    if not text.strip():
        return None
    clauses = []
    for part in _SPLIT.split(text):
        if not part:
            continue
        match = _CLAUSE.match(part)
        if match is None:
            raise status.bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        name, operator, value = match.groups()
        _check(name, text, resource, selectable)
        clauses.append((name, _UNESCAPE.sub(r"\1", value), operator != "!="))
    return FieldSelector(tuple(clauses))


def _check(name: str, text: str, resource: Resource, selectable: Mapping[str, str]) -> None:
    if name == "metadata.name" or name in selectable:
        return
    if name == "metadata.namespace" and resource.namespaced:
        return
    if resource.custom or selectable:
        raise status.bad_request(f"field label not supported: {name}")
    known = '"metadata.name", "metadata.namespace"'
    raise status.bad_request(f'"{name}" is not a known field selector: only {known}')


def fields_reader(selectable: Mapping[str, str]) -> Callable[[Body], dict[str, str]]:
    """A function that reads the selectable fields of an object of that kind."""
    paths = [
        (name, _ELSEWHERE.get(name, tuple(name.split("."))), default)
        for name, default in selectable.items()
    ]

    def read(body: Body) -> dict[str, str]:
        metadata = body["metadata"]
        fields = {
            "metadata.name": metadata["name"],
            "metadata.namespace": metadata.get("namespace", ""),
        }
        for name, path, default in paths:
            fields[name] = _text(_at(body, path), default)
        if fields.get("source") == "":  # newer writers name their controller instead
            fields["source"] = fields["reportingComponent"]
        return fields

    return read


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _text(value: Any, default: str) -> str:
    if value is None:
        return default
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
