"""pods/binding puts a pod on a node."""

from dataclasses import replace

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call, Target
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.update import begin
from gitops_lab.apiserver.verbs.writing import Write, store_changed
from gitops_lab.kube.objects import Object

_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def bind(api: Api, call: Call) -> Answer:
    """POST of a Binding: sets spec.nodeName and the condition PodScheduled."""
    binding = read_object(call, "Binding", "v1")
    node = (binding.get("target") or {}).get("name")
    if not node:
        raise status.StatusError(500, "", "target.name: Required value")
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        raise status.not_found("", "pods", call.target.name)
    new = served.whole(write.previous)
    _check_bindable(write, new, binding)
    spec = new.setdefault("spec", {})
    spec["nodeName"] = node
    _set_condition(new, "PodScheduled")
    annotations = (binding.get("metadata") or {}).get("annotations")
    if annotations:
        metadata = new["metadata"]
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **annotations}
    await store_changed(write, new)
    return Answer.of(_DONE, 201)


async def bind_named(api: Api, call: Call) -> Answer:
    """POST of a Binding to the old place, where the Binding's own name tells the pod."""
    binding = read_object(call)
    pods = api.builtin("", "v1", "pods").resource
    name = str(binding["metadata"].get("name") or "")
    return await bind(
        api, replace(call, target=Target(pods, call.target.namespace, name, "binding"))
    )


def _check_bindable(write: Write, pod: Object, binding: Object) -> None:
    def refused(why: str) -> status.StatusError:
        return status.conflict("", "pods/binding", write.key.name, why)

    name = write.key.name
    uid = (binding.get("metadata") or {}).get("uid")
    if uid and uid != pod["metadata"]["uid"]:
        raise refused(
            f"Precondition failed: UID in precondition: {uid}, "
            f"UID in object meta: {pod['metadata']['uid']}"
        )
    if "deletionTimestamp" in pod["metadata"]:
        raise refused(f"pod {name} is being deleted, cannot be assigned to a host")
    taken = (pod.get("spec") or {}).get("nodeName")
    if taken:
        raise refused(f'pod {name} is already assigned to node "{taken}"')


def _set_condition(pod: Object, kind: str, **more: str) -> None:
    """Set a condition of the pod to True, as of now."""
    conditions = pod.setdefault("status", {}).setdefault("conditions", [])
    kept = [each for each in conditions if each.get("type") != kind]
    times = {"lastProbeTime": None, "lastTransitionTime": now()}
    pod["status"]["conditions"] = [*kept, {"type": kind, "status": "True", **times, **more}]
