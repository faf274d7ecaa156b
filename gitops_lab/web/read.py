"""From Kubernetes objects to facts. Pure."""

from gitops_lab.engine.app import KIND
from gitops_lab.engine.explain import Explanation, Link
from gitops_lab.engine.explain import explain as explained
from gitops_lab.engine.health import assess
from gitops_lab.engine.ids import NATIVE, app_id
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import from_object
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import is_terminating, name_of, namespace_of, uid_of
from gitops_lab.web.engines import TITLES
from gitops_lab.web.facts import AppFact, Broken, NodeFact, Row

_WAITING = frozenset(["NotObserved", "Syncing", "Suspended", "PushNotSeen", "Progressing"])
_DEPLOYED = 20


def app_fact(obj: Object, front: str = NATIVE, kind: str = KIND) -> AppFact:
    """An App as a fact: its GitOpsApp, or what says the same where another kind asks for it."""
    spec = obj.get("spec") or {}
    source, destination = spec.get("source") or {}, spec.get("destination") or {}
    status = from_object(obj.get("status"))
    namespace, name = namespace_of(obj), name_of(obj)
    return AppFact(
        id=app_id(front, namespace, name),
        namespace=namespace,
        name=name,
        cluster=str(destination.get("cluster") or "main"),
        repo=str(source.get("repo") or source.get("repoURL") or ""),
        path=str(source.get("path") or "."),
        sync=str(status.sync),
        health=str(status.health.status),
        health_message=status.health.message,
        revision=status.revision,
        message=status.message,
        suspended=bool(spec.get("suspend")),
        rows=tuple(_rows(status)),
        kinds=frozenset((entry.api_version, entry.key.kind) for entry in status.inventory),
        deployed=tuple(entry.revision for entry in status.history[-_DEPLOYED:]),
        broken=broken(explained(obj), kind),
        version=str(obj["metadata"].get("resourceVersion", "")),
        kind=kind,
        engine=TITLES.get(front.partition("-")[0], front) if front != NATIVE else "",
        front=front,
    )


def broken(told: Explanation, kind: str = KIND) -> Broken | None:
    """The broken link of an App of some kind, None when all hold."""
    if told.fine:
        return None
    link = "plan" if told.link is Link.DIFF else str(told.link)
    waits = told.reason in _WAITING
    return Broken(link, told.message, told.next, _named(str(told.place), kind), waits)


def _named(place: str, kind: str) -> str:
    """A place as it is called where the App is of that kind."""
    return place.replace(f"{KIND}/", f"{kind}/", 1) if place.startswith(f"{KIND}/") else place


def node_fact(cluster: str, obj: Object, kind: tuple[str, str]) -> NodeFact:
    """A live object as a fact; `kind` is (apiVersion, kind)."""
    obj = {"apiVersion": kind[0], "kind": kind[1], **obj}
    health = assess(obj)
    owners = (obj["metadata"].get("ownerReferences") or []) if "metadata" in obj else []
    return NodeFact(
        cluster=cluster,
        uid=uid_of(obj),
        key=ObjectKey.of(obj),
        api_version=kind[0],
        owners=tuple(str(owner.get("uid", "")) for owner in owners),
        version=str(obj["metadata"].get("resourceVersion", "")),
        health=str(health.status) if health else "",
        message=health.message if health else "",
        info=_info(obj),
        terminating=is_terminating(obj),
    )


def _rows(status: Status) -> list[Row]:
    rows = [
        Row(
            row.key,
            str(row.sync),
            str(row.health.status) if row.health else "",
            row.message or (row.health.message if row.health else ""),
        )
        for row in status.objects
    ]
    known = {row.key for row in rows}
    rows += [Row(entry.key, "Unknown") for entry in status.inventory if entry.key not in known]
    return rows


def _info(obj: Object) -> str:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    match obj["kind"]:
        case "Pod":
            states = status.get("containerStatuses") or []
            ready = sum(1 for state in states if state.get("ready"))
            again = sum(int(state.get("restartCount") or 0) for state in states)
            told = f"{ready}/{len(spec.get('containers') or [])} {status.get('phase', '')}"
            return f"{told}, {again} restarts" if again else told
        case "Deployment" | "ReplicaSet" | "StatefulSet":
            return f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
        case "DaemonSet":
            return f"{status.get('numberReady', 0)}/{status.get('desiredNumberScheduled', 0)}"
        case "Service":
            url = (obj["metadata"].get("annotations") or {}).get("gitops-lab.dev/url", "")
            return str(url or spec.get("type", ""))
        case _:
            return ""
