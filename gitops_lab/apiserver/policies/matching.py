"""Which requests a policy or its binding is about (matchConstraints, matchResources)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.selectors.labels import matches_selector
from gitops_lab.apiserver.served import Api
from gitops_lab.kube.objects import Object, labels_of, name_of

Fields = dict[str, Any]
GROUP = "admissionregistration.k8s.io"


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


def bound(request: Request, plural: str) -> list[tuple[Object, Object]]:
    """The policies of a kind that are about a request, each with a binding that is, by name."""
    bindings = request.api.builtin(GROUP, "v1", f"{plural[:-3]}ybindings").collection
    entries = bindings.entries("")
    if not entries:
        return []
    policies = request.api.builtin(GROUP, "v1", plural).collection
    found = []
    for entry in entries:
        binding = entry.parsed()
        policy = policies.get("", binding["spec"].get("policyName", ""))
        if policy is not None:
            found.append((policy.parsed(), binding))
    found.sort(key=lambda pair: (name_of(pair[0]), name_of(pair[1])))
    return [pair for pair in found if _about_both(pair[0]["spec"], pair[1]["spec"], request)]


def _about_both(policy: Fields, binding: Fields, request: Request) -> bool:
    constraints, narrowed = policy.get("matchConstraints"), binding.get("matchResources")
    return is_about(constraints or {}, request, all_if_empty=False) and is_about(
        narrowed or {}, request, all_if_empty=True
    )


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
