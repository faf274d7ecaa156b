"""From parameters to Applications: the template, what a generator adds to it, the patch. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.dialects.argocd.sets.errors import RENDERING, SetError
from gitops_lab.dialects.argocd.sets.generators import Generated
from gitops_lab.dialects.argocd.sets.params import Filler, Params
from gitops_lab.kube import Object, yamls
from gitops_lab.kube.objects import copied, name_of, namespace_of
from gitops_lab.kube.yamls import YamlError

API_VERSION = "argoproj.io/v1alpha1"
SET_KIND = "ApplicationSet"
KIND = "Application"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
_META = ("name", "labels", "annotations", "finalizers")


def applications(owner: Object, generated: Iterable[Generated], filler: Filler) -> list[Object]:
    """The Applications that an ApplicationSet asks for, in order. Raises SetError."""
    spec: Mapping[str, Any] = owner.get("spec") or {}
    base: Mapping[str, Any] = spec.get("template") or {}
    return [
        _application(owner, merged_template(one.template, base), params, filler)
        for one in generated
        for params in one.params
    ]


def merged_template(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """A generator's template filled up from the ApplicationSet's: what it says goes first."""
    found = copied(dict(own))
    for key, value in base.items():
        mine = found.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            found[key] = merged_template(mine, value)
        elif mine in (None, "", [], {}):
            found[key] = copied(value)
    return found


def duplicate(owner: str, name: str) -> str:
    """What is said when two Applications have one name."""
    return f"ApplicationSet {owner} contains applications with duplicate name: {name}"


def _application(
    owner: Object, template: Mapping[str, Any], params: Params, filler: Filler
) -> Object:
    spec: Mapping[str, Any] = owner.get("spec") or {}
    filled = filler.value(dict(template), params)
    meta = filled.get("metadata") or {}
    app: Object = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {key: meta[key] for key in _META if meta.get(key)},
        "spec": filled.get("spec") or {},
    }
    patch = spec.get("templatePatch")
    if patch:
        app = patched(app, filler.text(str(patch), params), go=filler.go)
    metadata = app["metadata"]
    metadata["namespace"] = namespace_of(owner)
    keeps = (spec.get("syncPolicy") or {}).get("preserveResourcesOnDeletion")
    if not keeps and not metadata.get("finalizers"):
        metadata["finalizers"] = [FINALIZER]
    if not metadata.get("name"):
        raise SetError("the template gives an Application without a name", reason=RENDERING)
    metadata["ownerReferences"] = [_reference(owner)]
    return app


def patched(app: Object, text: str, *, go: bool) -> Object:
    """An Application with a templatePatch; it can't change the project. Raises SetError."""
    if not go:
        raise SetError("spec.templatePatch needs spec.goTemplate: true", reason=RENDERING)
    try:
        patch = yamls.load(text)
    except YamlError as error:
        message = f"error while converting template to json {text!r}: {error.message}"
        raise SetError(message, reason=RENDERING) from error
    if patch is None:
        return app
    if not isinstance(patch, Mapping):
        raise SetError("the templatePatch gives no mapping", reason=RENDERING)
    found: Object = _merged(app, patch)
    project = (app.get("spec") or {}).get("project")
    if "spec" in found and project is not None:
        found["spec"]["project"] = project
    return found


def _merged(value: Any, patch: Mapping[str, Any]) -> Any:
    """A strategic merge for a kind without merge keys: null takes away, lists are replaced."""
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    found = dict(value) if isinstance(value, Mapping) and directive != "replace" else {}
    for key, change in patch.items():
        if key == "$patch":
            continue
        if change is None:
            found.pop(key, None)
        elif isinstance(change, Mapping):
            found[key] = _merged(found.get(key), change)
        else:
            found[key] = copied(change)
    return found


def _reference(owner: Object) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": SET_KIND,
        "name": name_of(owner),
        "uid": str(owner["metadata"].get("uid", "")),
        "controller": True,
        "blockOwnerDeletion": True,
    }
