"""Rules: what they allow, and whether some cover others. Semantics of Kubernetes' RBAC."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gitops_lab.apiserver.rbac.attributes import Attributes
from gitops_lab.kube.objects import Object

Rule = Object
ALL = "*"
FULL_AUTHORITY: list[Rule] = [
    {"verbs": [ALL], "apiGroups": [ALL], "resources": [ALL]},
    {"verbs": [ALL], "nonResourceURLs": [ALL]},
]


def allows(rule: Rule, asked: Attributes) -> bool:
    """Whether one rule allows what is asked."""
    verbs = rule.get("verbs") or ()
    if ALL not in verbs and asked.verb not in verbs:
        return False
    if asked.path:
        return any(_url_covers(url, asked.path) for url in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if ALL not in groups and asked.group not in groups:
        return False
    names = rule.get("resourceNames")
    if names and asked.name not in names:
        return False
    return _names_resource(rule.get("resources") or (), asked.resource, asked.subresource)


def _names_resource(resources: Sequence[str], resource: str, subresource: str) -> bool:
    if ALL in resources:
        return True
    if not subresource:
        return resource in resources
    return f"{resource}/{subresource}" in resources or f"*/{subresource}" in resources


def _url_covers(url: str, path: str) -> bool:
    return url in (ALL, path) or (url.endswith("*") and path.startswith(url.rstrip("*")))


def uncovered(owned: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """The parts of `wanted`, each about one verb of one thing, that no rule of `owned` covers."""
    held = list(owned)
    return [
        part
        for rule in wanted
        for part in _parts(rule)
        if not any(_covers(each, part) for each in held)
    ]


def _parts(rule: Rule) -> Iterator[Rule]:
    verbs = rule.get("verbs") or ()
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                part: Rule = {"verbs": [verb], "apiGroups": [group], "resources": [resource]}
                names = rule.get("resourceNames")
                if not names:
                    yield part
                for name in names or ():
                    yield {**part, "resourceNames": [name]}
    for url in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"verbs": [verb], "nonResourceURLs": [url]}


def _covers(rule: Rule, part: Rule) -> bool:
    verbs = rule.get("verbs") or ()
    if ALL not in verbs and part["verbs"][0] not in verbs:
        return False
    if "nonResourceURLs" in part:
        [path] = part["nonResourceURLs"]
        return any(_url_covers(url, path) for url in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if ALL not in groups and part["apiGroups"][0] not in groups:
        return False
    resource, _, subresource = part["resources"][0].partition("/")
    if not _names_resource(rule.get("resources") or (), resource, subresource):
        return False
    names = rule.get("resourceNames")
    return not names or (bool(part.get("resourceNames")) and part["resourceNames"][0] in names)


def told(missing: Iterable[Rule]) -> list[str]:
    """A sorted line for each rule that is lacking; those that differ in the verb alone share it."""
    simple: dict[tuple[str, str, str], Rule] = {}
    rest = []
    for part in missing:
        if "nonResourceURLs" in part:
            rest.append(part)
            continue
        name = (part.get("resourceNames") or [""])[0]
        key = (part["apiGroups"][0], part["resources"][0], name)
        if key in simple:
            simple[key]["verbs"] += part["verbs"]
        else:
            simple[key] = {**part, "verbs": list(part["verbs"])}
    return sorted({_line(rule) for rule in (*rest, *simple.values())})


_SHOWN = (
    ("APIGroups", "apiGroups"),
    ("Resources", "resources"),
    ("NonResourceURLs", "nonResourceURLs"),
    ("ResourceNames", "resourceNames"),
    ("Verbs", "verbs"),
)


def _line(rule: Rule) -> str:
    shown = (f"{word}:{go_list(rule[key])}" for word, key in _SHOWN if rule.get(key))
    return "{" + ", ".join(shown) + "}"


def go_list(values: Iterable[Any]) -> str:
    """A list of strings as Go's %q prints it."""
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
