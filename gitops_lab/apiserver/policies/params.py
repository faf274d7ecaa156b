"""The objects that parameterize a policy: found by its paramKind and a binding's paramRef."""

from typing import Any

from gitops_lab.apiserver.policies.matching import Request
from gitops_lab.apiserver.selectors.labels import matches_selector
from gitops_lab.kube.objects import Object, labels_of, split_api_version

Fields = dict[str, Any]


class ParamsError(Exception):
    """The binding can't be carried out; the message says why."""


def params_of(policy: Fields, binding: Fields, request: Request) -> list[Object | None]:
    """One element for each evaluation: [None] without parameters, [] when none are there.

    Raises ParamsError.
    """
    kind, reference = policy.get("paramKind"), binding.get("paramRef")
    if not kind or not reference:
        return [None]
    group, version = split_api_version(kind["apiVersion"])
    resource = request.api.registry.by_kind(group, version, kind["kind"])
    if resource is None:
        shown = f"&ParamKind{{APIVersion:{kind['apiVersion']},Kind:{kind['kind']},}}"
        raise ParamsError(f"paramKind kind `{shown}` not known")
    namespace = _namespace(reference, request) if resource.namespaced else ""
    served = request.api.served(resource)
    if reference.get("name"):
        entry = served.collection.get(namespace, reference["name"])
        entries = [entry] if entry is not None else []
    else:
        entries = list(served.collection.entries(namespace))
    objects = [served.whole(each) for each in entries]
    selector = reference.get("selector")
    if selector is not None:
        objects = [each for each in objects if matches_selector(selector, labels_of(each))]
    if not objects and reference.get("parameterNotFoundAction") == "Deny":
        raise ParamsError("no params found for policy binding with `Deny` parameterNotFoundAction")
    return list(objects)


def _namespace(reference: Fields, request: Request) -> str:
    namespace = reference.get("namespace") or request.objects[0]["metadata"].get("namespace")
    if not namespace:
        raise ParamsError(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
        )
    return str(namespace)
