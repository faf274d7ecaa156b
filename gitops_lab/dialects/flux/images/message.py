"""The message of an automation's commit: a template of Go's over what has changed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.flux.images.setters import Change, Identity
from gitops_lab.dialects.gotemplate import TemplateError, render

DEFAULT = "Update from image update automation"
_AUTOMATION = re.compile(r"\{\{(-?)\s*\.AutomationObject\s*(-?)\}\}")
_REMOVED = re.compile(r"\{\{[^}]*\.Updated\b")


class RemovedField(Exception):
    """A template that uses `.Updated`, which Flux 2.7 has taken away."""


class _Identity(Mapping[str, str]):
    """An object's identity as a key of a map, with the fields that templates ask for."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._fields = {
            "APIVersion": identity.api_version,
            "Kind": identity.kind,
            "Name": identity.name,
            "Namespace": identity.namespace,
        }

    def __getitem__(self, key: str) -> str:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self._identity == other._identity

    def __lt__(self, other: "_Identity") -> bool:
        return self._identity < other._identity


def message(
    template: str,
    automation: tuple[str, str],
    changes: Sequence[Change],
    values: Mapping[str, str],
) -> str:
    """The text for (namespace, name) of an automation. Raises TemplateError and RemovedField."""
    if not template:
        return DEFAULT
    if _REMOVED.search(template):
        raise RemovedField(
            "template uses removed '.Updated' field. Please use '.Changed' instead, see: "
            "https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template"
        )
    namespace, name = automation
    # Go prints a name with its namespace where a map would be printed with its keys.
    text = _AUTOMATION.sub(rf'{{{{\1 "{namespace}/{name}" \2}}}}', template)
    data: dict[str, Any] = {
        "AutomationObject": {"Namespace": namespace, "Name": name},
        "Changed": _changed(changes),
        "Values": dict(values),
    }
    return render(text, data)


def _changed(changes: Sequence[Change]) -> dict[str, Any]:
    files: dict[str, dict[_Identity, list[dict[str, str]]]] = {}
    objects: dict[_Identity, list[dict[str, str]]] = {}
    rows: list[dict[str, str]] = []
    for change in changes:
        row = {"OldValue": change.old, "NewValue": change.new, "Setter": change.setter}
        identity = _Identity(change.identity)
        files.setdefault(change.file, {}).setdefault(identity, []).append(row)
        objects.setdefault(identity, []).append(row)
        if row not in rows:
            rows.append(row)
    return {"FileChanges": files, "Objects": objects, "Changes": rows}


__all__ = ["RemovedField", "TemplateError", "message"]
