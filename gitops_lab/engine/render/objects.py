"""Is what a file holds a Kubernetes object? Lists are taken apart, and mistakes are named."""

from collections.abc import Iterable, Iterator
from typing import Any

from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.errors import Place
from gitops_lab.kube.objects import ObjectKey
from gitops_lab.kube.yamls import Document

_MARKS = ("apiVersion", "kind", "metadata")


def looks_like_object(obj: Any) -> bool:
    """Whether its author meant an object: it is a mapping with one of the marks, well or misspelt.

    What has none of them is something else that happens to be YAML, such as a chart's values.
    """
    marks = {mark.lower() for mark in _MARKS}
    return isinstance(obj, dict) and any(str(key).lower() in marks for key in obj)


def objects_of(document: Document) -> Iterator[RenderedObject]:
    """The objects of one document: itself, or the items of a list. Raises RenderError."""
    obj = document.obj
    if not isinstance(obj, dict):
        raise _invalid(document, f"a {_type_of(obj)} stands where an object should.", "", _WRITE)
    if not str(obj.get("kind", "")).endswith("List") or not isinstance(obj.get("items"), list):
        _check(document, obj)
        yield RenderedObject(obj, document.file, document.line)
        return
    for item in obj["items"]:
        yield from objects_of(Document(_with_kind(obj, item), document.line, document.file))


def refuse_duplicates(objects: Iterable[RenderedObject]) -> None:
    """Raise RenderError when two places define the same object, naming both."""
    seen: dict[ObjectKey, RenderedObject] = {}
    for item in objects:
        first = seen.setdefault(item.key, item)
        if first is not item:
            raise RenderError(
                f"{item.key} is defined twice, first in {first.file}:{first.line}.",
                reason="DuplicateObject",
                place=Place(item.file, item.line, str(item.key)),
                hint="Remove one of the two, or give it another name or namespace.",
            )


_WRITE = "Every document needs apiVersion, kind and metadata.name."


def _check(document: Document, obj: dict[str, Any]) -> None:
    for field in ("apiVersion", "kind"):
        value = obj.get(field)
        if not isinstance(value, str) or not value.strip():
            raise _missing(document, obj, field, value)
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        raise _missing(document, obj, "metadata", metadata)
    _check_name(document, metadata)
    if not isinstance(metadata.get("namespace", ""), str | None):
        raise _invalid(document, "metadata.namespace is not text.", "metadata.namespace", _QUOTE)
    for field in ("labels", "annotations"):
        _check_texts(document, metadata.get(field), f"metadata.{field}")


def _check_name(document: Document, metadata: dict[str, Any]) -> None:
    name = metadata.get("name")
    if name is None and metadata.get("generateName"):
        raise _invalid(
            document,
            "it has generateName, so each sync would make another object.",
            "metadata.generateName",
            "Give it a fixed metadata.name.",
        )
    if not isinstance(name, str) or not name:
        raise _missing(document, metadata, "name", name, "metadata.")
    if name in (".", "..") or "/" in name or "%" in name or name != name.strip():
        raise _invalid(
            document,
            f"{name!r} is not a name for an object.",
            "metadata.name",
            "Use lower-case letters, digits, dashes and dots.",
        )


_QUOTE = 'Put the value in quotes, as in "1.0" or "true".'


def _check_texts(document: Document, values: Any, field: str) -> None:
    """The API takes nothing but text here, and says so in words that name neither file nor line."""
    if values is None:
        return
    if not isinstance(values, dict):
        raise _invalid(document, f"{field} is a {_type_of(values)}, not a mapping.", field, "")
    for key, value in values.items():
        if not isinstance(value, str) and value is not None:
            shown = str(value).lower() if isinstance(value, bool) else value
            raise _invalid(
                document,
                f"{field}: the value of {key} is a {_type_of(value)} ({shown}), not text.",
                f"{field}.{key}",
                _QUOTE,
            )


def _missing(
    document: Document, mapping: dict[str, Any], field: str, value: Any, prefix: str = ""
) -> RenderError:
    misspelt = (key for key in mapping if key != field and str(key).lower() == field.lower())
    near = next(misspelt, None)
    hint = _WRITE if near is None else f"{near!r} is spelt {field!r}."
    said = f"{prefix}{field} is missing." if value is None else f"{prefix}{field} is not text."
    return _invalid(document, said, prefix + field, hint)


def _invalid(document: Document, message: str, field: str, hint: str) -> RenderError:
    obj = document.obj
    subject = ""
    if isinstance(obj, dict) and obj.get("kind"):
        metadata = obj.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        subject = "/".join(str(part) for part in (obj["kind"], name) if part)
    return RenderError(
        f"not a Kubernetes object: {message}",
        reason="InvalidObject",
        place=Place(document.file, document.line, subject, field),
        hint=hint,
    )


def _with_kind(listing: dict[str, Any], item: Any) -> Any:
    """Items of a typed list (ConfigMapList) may leave out what the list says."""
    kind = str(listing["kind"]).removesuffix("List")
    if not kind or not isinstance(item, dict) or "kind" in item:
        return item
    return {"apiVersion": listing.get("apiVersion"), "kind": kind, **item}


def _type_of(value: Any) -> str:
    names = {bool: "boolean", dict: "mapping", list: "list", str: "text", type(None): "null"}
    return names.get(type(value), "number")
