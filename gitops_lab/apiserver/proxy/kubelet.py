"""Where a pod's node listens, and how to reach it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.served import Api
from gitops_lab.kube.objects import Object

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_ADDRESSES = ("InternalIP", "ExternalIP", "Hostname")


class NoHost(status.StatusError):
    """The pod is on no node yet."""

    def __init__(self, pod: str) -> None:
        super().__init__(400, "BadRequest", f"pod {pod} does not have a host assigned")


@dataclass(frozen=True)
class Place:
    """A node's endpoint and a path with its query there."""

    host: str
    port: int
    path: str


def place_of(api: Api, call: Call, action: str, *, container: bool = True) -> Place:
    """Where an action on the call's pod is answered. Raises StatusError."""
    pod = _pod(api, call)
    parts = [action, pod["metadata"]["namespace"], pod["metadata"]["name"]]
    if container:
        parts.append(_container(call, pod))
    host, port = _endpoint(api, call, pod)
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    query = urlencode([pair for pair in call.query.pairs if pair[0] != "container"])
    return Place(host, port, f"{path}?{query}" if query else path)


def _pod(api: Api, call: Call) -> Object:
    pods = api.builtin("", "v1", "pods").collection
    entry = pods.get(call.target.namespace or "", call.target.name)
    if entry is None:
        raise status.not_found("", "pods", call.target.name)
    return entry.parsed()


def _endpoint(api: Api, call: Call, pod: Object) -> tuple[str, int]:
    name = (pod.get("spec") or {}).get("nodeName")
    if not name:
        raise NoHost(call.target.name)
    return endpoint_of(api, str(name))


def endpoint_of(api: Api, name: str) -> tuple[str, int]:
    """Host and port of a node's endpoint. Raises StatusError."""
    entry = api.builtin("", "v1", "nodes").collection.get("", name)
    if entry is None:
        raise status.not_found("", "nodes", name)
    state = entry.parsed().get("status") or {}
    port = ((state.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port")
    found = {each["type"]: each["address"] for each in state.get("addresses") or []}
    host = next((found[kind] for kind in _ADDRESSES if kind in found), "")
    if not port or not host:
        raise status.unavailable(f'node "{name}" has no endpoint')
    return host, int(port)


def _container(call: Call, pod: Object) -> str:
    spec = pod.get("spec") or {}
    names = _names(spec.get("containers"))
    every = [*names, *_names(spec.get("initContainers")), *_names(spec.get("ephemeralContainers"))]
    asked = call.query.get("container")
    pod_name = pod["metadata"]["name"]
    if asked:
        if asked not in every:
            raise status.bad_request(f"container {asked} is not valid for pod {pod_name}")
        return asked
    preferred = (pod["metadata"].get("annotations") or {}).get(DEFAULT_CONTAINER)
    if preferred in every:
        return str(preferred)
    if len(names) == 1:
        return names[0]
    raise status.bad_request(
        f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(names)}]"
    )


def _names(containers: Any) -> list[str]:
    return [each["name"] for each in containers or []]
