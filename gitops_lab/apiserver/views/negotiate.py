"""Which form an Accept header asks for."""

from functools import lru_cache

from gitops_lab.apiserver import status
from gitops_lab.apiserver.conversion import conversion_of
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.views.base import View
from gitops_lab.apiserver.views.converted import Converted, Defaulted
from gitops_lab.apiserver.views.partial import Partial
from gitops_lab.apiserver.views.plain import Plain
from gitops_lab.apiserver.views.tabular import IncludeObject, Tabular

# What the genuine server names here; of these, this one speaks JSON.
_ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
_PLAIN = ("application/json", "*/*", "application/*")


def view_for(call: Call) -> View:
    """The first form in the Accept header that is served. Raises StatusError 406.

    A client that asks for protobuf with JSON behind it gets JSON; clients of Kubernetes always
    offer both.
    """
    view = _wanted(call)
    conversion = conversion_of(call.resource) or _defaults_of(call.resource)
    if conversion is None or (isinstance(view, Tabular) and not view.shows_objects):
        return view  # cells are printed from what is stored
    return Converted(view, conversion)


def _defaults_of(resource: Resource) -> Defaulted | None:
    """Objects that were stored before their definition had a default are shown with it."""
    custom = resource.custom and resource.schema.may_default
    return Defaulted(resource.schema) if custom else None


def refuse_other_forms(call: Call) -> None:
    """What is answered and not stored has no table. Raises StatusError 406."""
    asked = clauses(call.accept)
    if not any(media in _PLAIN and not parameters.get("as") for media, parameters in asked):
        raise status.not_acceptable(_ACCEPTED)


def _wanted(call: Call) -> View:
    for media, parameters in clauses(call.accept):
        asked = parameters.get("as", "")
        if media not in _PLAIN:
            continue
        if not asked:
            return _plain(call.resource)
        if parameters.get("g", "meta.k8s.io") != "meta.k8s.io":
            continue
        version = parameters.get("v", "v1")
        if asked == "Table":
            return Tabular(call.resource, version, _included(call))
        if asked in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return Partial(version)
    raise status.not_acceptable(_ACCEPTED)


def _included(call: Call) -> IncludeObject:
    match call.query.get("includeObject"):
        case "" | "Metadata":
            return "Metadata"
        case "None":
            return "None"
        case "Object":
            return "Object"
    raise status.bad_request("unrecognized includeObject value: None, Metadata or Object")


@lru_cache(maxsize=512)
def _plain(resource: Resource) -> Plain:
    return Plain(resource)


@lru_cache(maxsize=256)
def _parsed(accept: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found = []
    for clause in accept.split(","):
        media, *rest = [part.strip() for part in clause.split(";")]
        pairs = tuple((part.partition("=")[0], part.partition("=")[2]) for part in rest)
        found.append((media.lower() or "*/*", pairs))
    return tuple(found)


def clauses(accept: str) -> list[tuple[str, dict[str, str]]]:
    """(media type, parameters) in the order of the header; an empty one accepts anything."""
    return [(media, dict(pairs)) for media, pairs in _parsed(accept)]
