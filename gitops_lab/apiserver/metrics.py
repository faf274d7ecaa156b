"""metrics.k8s.io: what nodes and pods use. Nothing is stored: the nodes are asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.proxy.kubelet import Place, endpoint_of
from gitops_lab.apiserver.proxy.logs import Conversation
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.types.schema import Schema
from gitops_lab.apiserver.verbs.list import interest_of, matching
from gitops_lab.kube.objects import Object

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"


def resources() -> list[Resource]:
    """The two resources, as metrics-server offers them."""
    return [
        Resource(
            group=GROUP,
            version=VERSION,
            kind=kind,
            plural=plural,
            singular="",
            namespaced=plural == "pods",
            verbs=("get", "list"),
            schema=Schema({"type": "object"}),
        )
        for kind, plural in (("NodeMetrics", "nodes"), ("PodMetrics", "pods"))
    ]


async def metrics(api: Api, call: Call) -> Answer:
    """get or list. Raises StatusError."""
    measure = _nodes if call.resource.plural == "nodes" else _pods
    if call.target.name:
        found = await _measured(api, call, measure, [_entry(api, call)])
        if not found:
            raise _missing(call)
        return Answer.of(found[0])
    core = api.builtin("", "v1", call.resource.plural)
    entries = matching(core, interest_of(call, core))
    items = await _measured(api, call, measure, entries)
    return Answer.of(
        {
            "kind": call.resource.list_kind,
            "apiVersion": API_VERSION,
            "metadata": {},
            "items": items,
        }
    )


_Measure = Callable[[dict[str, Object], list[Entry]], list[Object]]


async def _measured(
    api: Api, call: Call, measure: _Measure, entries: Iterable[Entry]
) -> list[Object]:
    """The entries' metrics; what their nodes can't tell is left out."""
    chosen = list(entries)
    nodes = {_node_of(call, entry) for entry in chosen} - {""}
    asked: list[Awaitable[Object]] = [_summary(api, name) for name in sorted(nodes)]
    summaries = await asyncio.gather(*asked)
    return measure(dict(zip(sorted(nodes), summaries, strict=True)), chosen)


def _node_of(call: Call, entry: Entry) -> str:
    if call.resource.plural == "nodes":
        return entry.key.name
    return str((entry.parsed().get("spec") or {}).get("nodeName") or "")


def _entry(api: Api, call: Call) -> Entry:
    core = api.builtin("", "v1", call.resource.plural)
    entry = core.collection.get(call.target.namespace or "", call.target.name)
    if entry is None:
        raise _missing(call)
    return entry


def _missing(call: Call) -> status.StatusError:
    return status.not_found(GROUP, call.resource.plural, call.target.name)


async def _summary(api: Api, node: str) -> Object:
    """A node's /stats/summary; empty when it does not answer."""
    try:
        host, port = endpoint_of(api, node)
        place = Place(host, port, f"/stats/summary?{urlencode({'node': node})}")
        conversation = Conversation(api, place)
        code, first = await conversation.open()
        text = await conversation.rest(first)
    except status.StatusError:
        return {}
    return orjson.loads(text) if code == 200 else {}


def _nodes(summaries: dict[str, Object], entries: list[Entry]) -> list[Object]:
    found: list[Object] = []
    for entry in entries:
        stats = (summaries.get(entry.key.name) or {}).get("node")
        if stats:
            found.append({**_head("NodeMetrics", entry, [stats]), "usage": _usage(stats)})
    return found


def _pods(summaries: dict[str, Object], entries: list[Entry]) -> list[Object]:
    measured = {
        pod["podRef"]["uid"]: pod["containers"]
        for summary in summaries.values()
        for pod in summary.get("pods") or []
    }
    found: list[Object] = []
    for entry in entries:
        containers = measured.get(entry.parsed()["metadata"]["uid"])
        if containers:
            listed = [{"name": one["name"], "usage": _usage(one)} for one in containers]
            found.append({**_head("PodMetrics", entry, containers), "containers": listed})
    return found


def _head(kind: str, entry: Entry, stats: list[Any]) -> Object:
    metadata: Object = {"name": entry.key.name, "creationTimestamp": stats[0]["cpu"]["time"]}
    if entry.key.namespace:
        metadata["namespace"] = entry.key.namespace
    if entry.labels:
        metadata["labels"] = entry.labels
    return {
        "kind": kind,
        "apiVersion": API_VERSION,
        "metadata": metadata,
        "timestamp": stats[0]["cpu"]["time"],
        "window": f"{min(one['cpu']['windowSeconds'] for one in stats):g}s",
    }


def _usage(stats: Object) -> dict[str, str]:
    return {
        "cpu": f"{stats['cpu']['usageNanoCores']}n",
        "memory": f"{stats['memory']['workingSetBytes'] // 1024}Ki",
    }
