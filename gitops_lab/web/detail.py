"""One object close up: its YAML, what differs from Git, its events, the end of its log."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitops_lab.engine import ops
from gitops_lab.engine.diff import unified
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.transport import quoted
from gitops_lab.kube.yamls import dump
from gitops_lab.web.facts import AppFact, NodeFact, State
from gitops_lab.web.observe import Scene
from gitops_lab.web.view import Looking, key_of

_LOG_LINES = 200
_LINES = 3000
_LONGEST = 2000


@dataclass(frozen=True)
class Detail:
    """What is shown of an object; `lines` and `rows` are texts from the cluster, never HTML."""

    kind: str
    name: str
    tab: str
    tabs: tuple[str, ...]
    note: str = ""
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def mark(self) -> str:
        """Changes when what is shown does."""
        return f"{zlib.crc32(repr((self.note, self.lines, self.rows)).encode()):08x}"

    def tone(self, line: str) -> str:
        """How a line of a diff is coloured."""
        if self.tab != "diff":
            return ""
        return {"+": "plus", "-": "minus", "@": "place"}.get(line[:1], "")


def detail_of(scene: Scene, state: State, looking: Looking, app: AppFact | None) -> Detail | None:
    """What somebody looks at; None when that is no object. Takes as long as the cluster does."""
    named = key_of(looking.node)
    if named is None or named[0] not in scene.clients:
        return None
    cluster, key = named
    tabs = ("yaml", "diff", "events", *(("log",) if key.kind == "Pod" else ()))
    tab = looking.tab if looking.tab in tabs else "yaml"
    node = state.nodes.get((cluster, key))
    what = Detail(key.kind, key.name, tab, tabs)
    if looking.at:
        return _told(what, "Of the past only the states are kept. Go back to now to see more.")
    try:
        return _found(scene, what, node or _guess(cluster, key, app), app)
    except NotFound:
        return _told(what, "It is not in the cluster.")
    except GitOpsLabError as error:
        return _told(what, error.paragraph())


def _found(scene: Scene, what: Detail, node: NodeFact, app: AppFact | None) -> Detail:
    client, key = scene.clients[node.cluster], node.key
    match what.tab:
        case "diff":
            return _diff(scene, what, key, app)
        case "events":
            return _events(client, what, node)
        case "log":
            return _log(client, what, key)
        case _:
            obj = client.get(node.api_version, key.kind, key.name, key.namespace)
            return _lines(what, dump(masked(obj)).splitlines())


def masked(obj: Object) -> Object:
    """Without what nobody reads, and with the values of a Secret as stars."""
    metadata = {k: v for k, v in (obj.get("metadata") or {}).items() if k != "managedFields"}
    shown = {**obj, "metadata": metadata}
    if obj.get("kind") == "Secret":
        annotations = metadata.get("annotations") or {}
        metadata["annotations"] = {k: _hidden(k, v) for k, v in annotations.items()}
        for field in ("data", "stringData"):
            if isinstance(obj.get(field), dict):
                shown[field] = dict.fromkeys(obj[field], "***")
    return shown


def _hidden(name: str, value: Any) -> Any:
    return "***" if name.endswith("last-applied-configuration") else value


def _diff(scene: Scene, what: Detail, key: ObjectKey, app: AppFact | None) -> Detail:
    if app is None or all(row.key != key for row in app.rows):
        return _told(what, "Git says nothing of it: another object made it.")
    semantics = scene.engines.semantics(app.front)
    plan = ops.diff(scene.view(app), scene.clients, scene.sources, semantics)
    change = next((change for change in plan.changes if change.key == key), None)
    text = unified(change) if change else ""
    if not text:
        return _told(what, "It is as Git says.")
    return _lines(what, text.splitlines())


def _events(client: Client, what: Detail, node: NodeFact) -> Detail:
    found = client.list(
        "v1", "Event", node.key.namespace, field_selector=f"involvedObject.name={node.key.name}"
    ).items
    ours = [
        event
        for event in found
        if (event.get("involvedObject") or {}).get("kind") == node.key.kind
        and (not node.uid or (event["involvedObject"].get("uid") or node.uid) == node.uid)
    ]
    ours.sort(key=_when, reverse=True)
    rows = tuple(
        (
            _when(event)[11:19],
            str(event.get("type", "")),
            str(event.get("reason", "")),
            str(event.get("message", ""))[:_LONGEST],
            str(event.get("count") or 1),
        )
        for event in ours[:_LOG_LINES]
    )
    if not rows:
        return _told(what, "No events.")
    columns = ("Time", "Type", "Reason", "Message", "Count")
    return Detail(what.kind, what.name, what.tab, what.tabs, columns=columns, rows=rows)


def _when(event: Object) -> str:
    return str(
        event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or ""
    )


def _log(client: Client, what: Detail, key: ObjectKey) -> Detail:
    path = f"/api/v1/namespaces/{quoted(key.namespace)}/pods/{quoted(key.name)}/log"
    try:
        answer = client.request("GET", path, params={"tailLines": _LOG_LINES}, accept="*/*")
    except ApiError as error:
        return _told(what, f"No log: {error.message}")
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return _lines(what, text.splitlines()) if text else _told(what, "The log is empty.")


def _guess(cluster: str, key: ObjectKey, app: AppFact | None) -> NodeFact:
    """An object that is not followed (yet): its version is known from the App's inventory."""
    kinds = app.kinds if app else frozenset()
    fits = (v for v, kind in kinds if kind == key.kind and v.rpartition("/")[0] == key.group)
    version = next(fits, f"{key.group}/v1" if key.group else "v1")
    return NodeFact(cluster, "", key, version, (), "")


def _lines(what: Detail, lines: Iterable[str]) -> Detail:
    shown = tuple(line[:_LONGEST] for line in list(lines)[:_LINES])
    return Detail(what.kind, what.name, what.tab, what.tabs, lines=shown)


def _told(what: Detail, note: str) -> Detail:
    return Detail(what.kind, what.name, what.tab, what.tabs, note)
