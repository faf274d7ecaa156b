"""What every object's metadata must be."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    required,
    too_long,
)

Fields = dict[str, Any]
Problems = Iterator[FieldError]
NameRule = Callable[[str], Iterable[str]]
ANNOTATIONS_BYTES = 256 * 1024


def check_metadata(metadata: Fields, rule: NameRule, *, custom: bool = False) -> Problems:
    """A new object's metadata; a custom resource's finalizers need no domain."""
    name, prefix = metadata.get("name", ""), metadata.get("generateName", "")
    if prefix:
        for why in rule(_masked(prefix)):
            yield invalid("metadata.generateName", prefix, why)
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        for why in rule(name):
            yield invalid("metadata.name", name, why)
    yield from _common(metadata, custom)


def check_metadata_update(metadata: Fields, old: Fields, *, custom: bool = False) -> Problems:
    """The metadata of an object that is there; nothing is judged twice when nothing changed."""
    if metadata == old:
        return
    if old.get("deletionTimestamp"):
        yield from _no_new_finalizers(metadata.get("finalizers", ()), old.get("finalizers", ()))
    yield from _common(metadata, custom)


def _masked(prefix: str) -> str:
    """A generateName may end in a dash: the generated letters follow it."""
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def _common(metadata: Fields, custom: bool) -> Problems:
    yield from check_labels(metadata.get("labels"), "metadata.labels")
    yield from check_annotations(metadata.get("annotations"), "metadata.annotations")
    for index, finalizer in enumerate(metadata.get("finalizers", ())):
        path = "metadata.finalizers"
        yield from check_finalizer(finalizer, path, "" if custom else f"{path}[{index}]")
    references = metadata.get("ownerReferences")
    if references:
        yield from _owners(references)


def check_labels(labels: Fields | None, path: str) -> Problems:
    """Keys and values of labels."""
    for key, value in (labels or {}).items():
        for why in names.qualified(key):
            yield invalid(path, key, why)
        for why in names.label_value(value):
            yield invalid(path, value, why)


def check_annotations(annotations: Fields | None, path: str) -> Problems:
    """Keys of annotations, and their size altogether."""
    if not annotations:
        return
    size = 0
    for key, value in annotations.items():
        for why in names.qualified(key.lower()):
            yield invalid(path, key, why)
        size += len(key.encode()) + len(value.encode())
    if size > ANNOTATIONS_BYTES:
        yield too_long(path, ANNOTATIONS_BYTES)


def check_finalizer(name: str, path: str, element: str) -> Problems:
    """A finalizer is a qualified name, and has a domain unless it is Kubernetes' own.

    Its domain is asked for only where `element` names the place.
    """
    for why in names.qualified(name):
        yield invalid(path, name, why)
    if element and "/" not in name and name not in ("kubernetes", "orphan", "foregroundDeletion"):
        detail = "name is neither a standard finalizer name nor is it fully qualified"
        yield invalid(element, name, detail)


def _no_new_finalizers(new: Iterable[str], old: Iterable[str]) -> Problems:
    added = sorted(set(new) - set(old))
    if added:
        shown = ", ".join(f'"{name}"' for name in added)
        yield forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{shown}}}",
        )


def _owners(references: list[Fields]) -> Problems:
    path = "metadata.ownerReferences"
    controller = ""
    for index, owner in enumerate(references):
        for name in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(name):
                yield required(f"{path}[{index}].{name}", "must not be empty")
        if not owner.get("controller"):
            continue
        this = f"{owner.get('kind')}/{owner.get('name')}"
        if controller:
            detail = (
                "Only one reference can have Controller set to true. Found "
                f'"true" in references for {controller} and {this}'
            )
            yield invalid(path, references, detail)
        controller = controller or this
