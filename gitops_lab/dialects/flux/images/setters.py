"""Setting marked fields of YAML files to the image that a policy wants. Pure.

A marker is a comment behind a value: `# {"$imagepolicy": "flux-system:web"}`, with `:tag`, `:name`
or `:digest` behind the name for a part of the image. Only the value changes, the rest of the file
stays as it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from gitops_lab.kube.yamls import Document, YamlError, load_all

MARKER = '"$imagepolicy"'
_MARKED = re.compile(
    r"(?P<head>\s*(?:-\s+)*(?:[^\s#'\"][^#]*?:\s+|(?:'[^']*'|\"[^\"]*\")\s*:\s+)?)"
    r"(?P<value>'[^']*'|\"[^\"]*\"|[^\s#]\S*)"
    r"(?P<tail>\s+#\s*\{\s*\"\$imagepolicy\"\s*:\s*\"(?P<setter>[^\"]+)\"\s*\}.*)\Z"
)


@dataclass(frozen=True, order=True)
class Identity:
    """The object that a change is in."""

    api_version: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Change:
    """A value that was set, by which setter, in which object of which file."""

    file: str
    identity: Identity
    old: str
    new: str
    setter: str


Image = Mapping[str, str]
"""`name`, `tag` and maybe `digest`."""


def setters(policies: Mapping[str, Image]) -> dict[str, str]:
    """`namespace:name` of the policies -> what each marker is set to."""
    found = {}
    for name, image in policies.items():
        digest = image.get("digest", "")
        full = f"{image['name']}:{image['tag']}" + (f"@{digest}" if digest else "")
        found[name] = full
        found[f"{name}:tag"] = image["tag"]
        found[f"{name}:name"] = image["name"]
        found[f"{name}:digest"] = digest
    return found


def set_all(file: str, text: str, values: Mapping[str, str]) -> tuple[str, list[Change]]:
    """The text with its marked values set, and what changed. Raises YamlError for what is none."""
    if MARKER not in text:
        return text, []
    lines = text.splitlines(keepends=True)
    documents = load_all(text, file=file)
    changes = []
    for number, line in enumerate(lines, start=1):
        ending = line[len(line.rstrip("\r\n")) :]
        found = _MARKED.match(line.rstrip("\r\n"))
        if found is None or found["setter"] not in values:
            continue
        old, new = _plain(found["value"]), values[found["setter"]]
        if old == new:
            continue
        value = _quoted(found["value"], new)
        lines[number - 1] = f"{found['head']}{value}{found['tail']}{ending}"
        changes.append(Change(file, _identity(documents, number), old, new, found["setter"]))
    return "".join(lines), changes


def _plain(value: str) -> str:
    return value[1:-1] if value[:1] in "'\"" else value


def _quoted(old: str, new: str) -> str:
    """In the quotes that were there; in new ones where YAML would read another type than text."""
    if old[:1] in "'\"":
        return f"{old[0]}{new}{old[0]}"
    try:
        plain = isinstance(yaml.safe_load(new), str)
    except yaml.YAMLError:
        plain = False
    return new if plain else f'"{new}"'


def _identity(documents: Sequence[Document], line: int) -> Identity:
    """Of the document that a line is in."""
    before = [document for document in documents if document.line <= line]
    obj = before[-1].obj if before else {}
    obj = obj if isinstance(obj, dict) else {}
    metadata = obj.get("metadata") or {}
    return Identity(
        str(obj.get("apiVersion", "")),
        str(obj.get("kind", "")),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )


def files_of(changes: Sequence[Change]) -> Iterator[str]:
    """The files that changes are in, each once."""
    yield from dict.fromkeys(change.file for change in changes)


__all__ = ["Change", "Identity", "YamlError", "files_of", "set_all", "setters"]
