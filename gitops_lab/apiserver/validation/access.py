"""RBAC: roles say what may be done, bindings who may do it."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation.errors import FieldError, invalid, not_supported, required

Fields = dict[str, Any]
Problems = Iterator[FieldError]
GROUP = "rbac.authorization.k8s.io"
IMMUTABLE = "field is immutable"
SUBJECTS = ("ServiceAccount", "User", "Group")


def role(new: Fields, old: Fields | None) -> Problems:
    """Rules of a namespace."""
    yield from _rules(new, namespaced=True)


def cluster_role(new: Fields, old: Fields | None) -> Problems:
    """Rules of the whole cluster, which may be about paths instead of resources."""
    yield from _rules(new, namespaced=False)


def _rules(new: Fields, *, namespaced: bool) -> Problems:
    for index, rule in enumerate(new.get("rules") or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced)


def _rule(rule: Fields, path: str, namespaced: bool) -> Problems:
    if not rule.get("verbs"):
        yield required(f"{path}.verbs")
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            detail = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, detail)
        if any(rule.get(name) for name in ("apiGroups", "resources", "resourceNames")):
            detail = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, detail)
        return
    if not rule.get("apiGroups"):
        yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required(f"{path}.resources", "resource rules must supply at least one resource")


def role_binding(new: Fields, old: Fields | None) -> Problems:
    """A binding in a namespace, to a role of it or of the cluster."""
    yield from _binding(new, old, ("Role", "ClusterRole"))


def cluster_role_binding(new: Fields, old: Fields | None) -> Problems:
    """A binding in the whole cluster."""
    yield from _binding(new, old, ("ClusterRole",))


def _binding(new: Fields, old: Fields | None, kinds: tuple[str, ...]) -> Problems:
    reference = new["roleRef"]
    if reference.get("apiGroup") != GROUP:
        yield not_supported("roleRef.apiGroup", reference.get("apiGroup", ""), (GROUP,))
    if reference.get("kind") not in kinds:
        yield not_supported("roleRef.kind", reference.get("kind", ""), kinds)
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(new.get("subjects") or ()):
        yield from _subject(subject, f"subjects[{index}]", somewhere="Role" in kinds)
    if old is not None and reference != old["roleRef"]:
        shown = {name: reference.get(name[:1].lower() + name[1:], "") for name in ("Kind", "Name")}
        shown = {"APIGroup": reference.get("apiGroup", ""), **shown}
        yield invalid("roleRef", shown, IMMUTABLE)


def _subject(subject: Fields, path: str, *, somewhere: bool) -> Problems:
    """An account that names no namespace is of the binding's own, if that is `somewhere`."""
    kind = subject.get("kind", "")
    if not subject.get("name"):
        yield required(f"{path}.name")
    if kind not in SUBJECTS:
        yield not_supported(f"{path}.kind", kind, SUBJECTS)
    elif kind == "ServiceAccount":
        if subject.get("apiGroup"):
            yield not_supported(f"{path}.apiGroup", subject["apiGroup"], ("",))
        if not (somewhere or subject.get("namespace")):
            yield required(f"{path}.namespace")
    elif subject.get("apiGroup") != GROUP:
        yield not_supported(f"{path}.apiGroup", subject.get("apiGroup", ""), (GROUP,))
