"""Which requests a policy or its binding is about (matchConstraints, matchResources)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.selectors.labels import matches_selector
from gitops_lab.apiserver.served import Api
from gitops_lab.kube.objects import Object, labels_of, name_of

Fields = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A write that is about to be carried out: CREATE (no old), UPDATE, or DELETE (no new)."""

    api: Api
    call: Call
    operation: str
    new: Object | None
    old: Object | None

    @property
    def objects(self) -> list[Object]:
        """Those that there are."""
        return [each for each in (self.new, self.old) if each is not None]

    @property
    def name(self) -> str:
        """The object's name; "" where the server makes it up later."""
        return name_of(self.objects[0]) if self.objects[0]["metadata"].get("name") else ""

    @property
    def namespace(self) -> Object | None:
        """The namespace that it is in; of a namespace: itself."""
        resource = self.call.resource
        if resource.group_resource == "namespaces":
            return self.objects[0]
        if not resource.namespaced:
            return None
        found = self.api.builtin("", "v1", "namespaces").collection.get(
            "", self.objects[0]["metadata"].get("namespace", "")
        )
        return found.parsed() if found is not None else None


def is_about(constraints: Fields, request: Request, *, all_if_empty: bool) -> bool:
    """Whether selectors and rules match; with `all_if_empty` no rule stands for every one."""
    namespace = request.namespace
    selector = constraints.get("namespaceSelector") or {}
    if namespace is not None and not matches_selector(selector, labels_of(namespace)):
        return False
    selector = constraints.get("objectSelector") or {}
    if not any(matches_selector(selector, labels_of(each)) for each in request.objects):
        return False
    equivalent = constraints.get("matchPolicy", "Equivalent") == "Equivalent"
    if _any_rule(constraints.get("excludeResourceRules") or (), request, equivalent):
        return False
    rules = constraints.get("resourceRules") or ()
    return _any_rule(rules, request, equivalent) if rules else all_if_empty


def _any_rule(rules: Iterable[Fields], request: Request, equivalent: bool) -> bool:
    return any(_rule(rule, request, equivalent) for rule in rules)


def _rule(rule: Fields, request: Request, equivalent: bool) -> bool:
    resource = request.call.resource
    names = rule.get("resourceNames") or ()
    scope = "Namespaced" if resource.namespaced else "Cluster"
    return (
        _named(rule.get("operations"), request.operation)
        and _named(rule.get("apiGroups"), resource.group)
        # Another version of a resource is the same object: the rule is about both.
        and (equivalent or _named(rule.get("apiVersions"), resource.version))
        and rule.get("scope", "*") in ("*", scope)
        and any(_path(each, request.call) for each in rule.get("resources") or ())
        and (not names or request.name in names)
    )


def _named(listed: Iterable[str] | None, value: str) -> bool:
    return bool({"*", value} & set(listed or ()))


def _path(pattern: str, call: Call) -> bool:
    """`pods`, `pods/status`, `pods/*`, `*/scale`, `*` (no subresource) or `*/*`."""
    plural, _, below = pattern.partition("/")
    return plural in ("*", call.resource.plural) and (
        below == call.target.subresource or below == "*"
    )
