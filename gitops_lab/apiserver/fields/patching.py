"""Server-side apply's merge without owners, as mutating admission policies use it."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.fields.atoms import Atom, atom_of
from gitops_lab.apiserver.fields.merge import merge
from gitops_lab.apiserver.fields.update import Object
from gitops_lab.apiserver.types import Schema


def merged(live: Object, config: Object, schema: Schema) -> Object:
    """The object with everything that a configuration says of it."""
    result: Object = merge(live, config, atom_of(schema))
    return result


def atomics_of(config: Any, schema: Schema) -> list[str]:
    """The paths of lists and maps in a configuration that are replaced as a whole."""
    return list(_atomics(config, atom_of(schema), ""))


def _atomics(value: Any, atom: Atom | None, path: str) -> Iterator[str]:
    if atom is None:
        return
    if isinstance(value, dict):
        if atom.atomic_map:
            yield path
        for name, sub in value.items():
            yield from _atomics(sub, atom.fields.get(name), f"{path}.{name}")
    elif isinstance(value, list):
        if not atom.associative:
            yield path
        for index, each in enumerate(value):
            yield from _atomics(each, atom.items, f"{path}[{index}]")
