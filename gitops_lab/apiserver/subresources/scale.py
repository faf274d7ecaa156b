"""scale: the replicas of a workload or custom resource as autoscaling/v1 Scale."""

from dataclasses import dataclass, replace
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.selectors.labels import selector_text
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.verbs.decoding import plain, read_object
from gitops_lab.apiserver.verbs.patch import APPLY_PATCH, check_media, patched, read_patch
from gitops_lab.apiserver.verbs.update import begin, change
from gitops_lab.apiserver.verbs.writing import Write, check_precondition
from gitops_lab.kube.objects import Object

VERSION, KIND = "autoscaling/v1", "Scale"


async def scale(api: Api, call: Call) -> Answer:
    """get, update and patch of the Scale."""
    served = api.served(call.resource)
    if call.method == "GET":
        entry = served.collection.get(call.target.namespace or "", call.target.name)
        if entry is None:
            raise _missing(call)
        return Answer.of(scale_of(api, served, entry))
    if call.method == "PUT":
        wanted = read_object(call, KIND, VERSION)
        write = await begin(api, call, served)
    else:
        check_media(call)
        if call.media_type == APPLY_PATCH:
            raise status.not_implemented("server-side apply of a scale subresource")
        content = read_patch(call)
        write = await begin(api, call, served)
        if write.previous is not None:
            wanted = _patched(call, scale_of(api, served, write.previous), content)
    if write.previous is None:
        raise _missing(call)
    entry = await _set_replicas(write, wanted)
    return Answer.of(scale_of(api, served, entry))


def _missing(call: Call) -> status.StatusError:
    return status.not_found(call.resource.group, call.resource.plural, call.target.name)


def _patched(call: Call, scaled: Object, content: Any) -> Object:
    wanted = plain(patched(call, scaled, content))
    if not isinstance(wanted, dict) or not isinstance(wanted.get("metadata"), dict):
        raise status.bad_request("the patch leaves no object behind")
    return wanted


async def _set_replicas(write: Write, wanted: Object) -> Entry:
    assert write.previous is not None
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 0:
        cause = {
            "reason": "FieldValueInvalid",
            "message": f"Invalid value: {replicas}: must be greater than or equal to 0",
            "field": "spec.replicas",
        }
        raise status.invalid("autoscaling", KIND, write.key.name, [cause])
    check_precondition(write, wanted)
    new = write.served.whole(write.previous)
    path = paths_of(write.api, write.served).spec
    *parents, last = path
    target = new
    for step in parents:
        target = target.setdefault(step, {})
    target[last] = replicas
    # An update of the object's spec by whoever asked, noted under "scale". The genuine server only
    # begins to track an object when it is made, and a Scale has nothing but the replicas: where
    # nobody owns them, it takes the Scale for one that is not tracked.
    main = replace(write, subresource="scale", tracked=_is_owned(new, path))
    return await change(main, new)


def _is_owned(obj: Object, path: tuple[str, ...]) -> bool:
    names = tuple(f"f:{step}" for step in path)
    entries = obj["metadata"].get("managedFields") or []
    return any(_at(entry.get("fieldsV1"), names) is not None for entry in entries)


@dataclass(frozen=True)
class Paths:
    """Where a kind keeps its replicas, its running replicas, and its selector."""

    spec: tuple[str, ...] = ("spec", "replicas")
    status: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ("spec", "selector")


def paths_of(api: Api, served: Served) -> Paths:
    """The paths of a workload are fixed, a custom resource's stand in its definition."""
    resource = served.resource
    if not resource.custom:
        return Paths()
    definitions = api.builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    entry = definitions.collection.get("", f"{resource.plural}.{resource.group}")
    versions = entry.parsed()["spec"]["versions"] if entry is not None else []
    for version in versions:
        if version["name"] == resource.version:
            declared = (version.get("subresources") or {}).get("scale") or {}
            return Paths(
                _path(declared.get("specReplicasPath")),
                _path(declared.get("statusReplicasPath")),
                _path(declared.get("labelSelectorPath")),
            )
    return Paths()


def _path(text: str | None) -> tuple[str, ...]:
    return tuple(text.strip(".").split(".")) if text else ()


def scale_of(api: Api, served: Served, entry: Entry) -> Object:
    """The Scale of a stored object."""
    body = entry.parsed()
    paths = paths_of(api, served)
    metadata = body["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    scaled: Object = {
        "kind": KIND,
        "apiVersion": VERSION,
        "metadata": {name: metadata[name] for name in kept if name in metadata},
        "spec": {},
        "status": {"replicas": _at(body, paths.status) or 0},
    }
    replicas = _at(body, paths.spec)
    if replicas:
        scaled["spec"]["replicas"] = replicas
    selector = _at(body, paths.selector)
    if selector:
        scaled["status"]["selector"] = _selector(served, selector)
    return scaled


def _selector(served: Served, selector: Any) -> str:
    if isinstance(selector, str):
        return selector
    if served.resource.kind == "ReplicationController":
        return selector_text({"matchLabels": selector})
    return selector_text(selector)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
