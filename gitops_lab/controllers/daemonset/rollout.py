"""What a DaemonSet is to do next: nodes that need a pod, and pods that are to go. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_lab.controllers.daemonset.placing import is_updated, should_run
from gitops_lab.controllers.framework.pods import is_available, is_ready
from gitops_lab.controllers.framework.portions import scaled_value
from gitops_lab.kube.objects import Object, is_terminating, name_of

Placed = Mapping[str, Sequence[Object]]  # the pods of each node


@dataclass
class Work:
    """Nodes that get a pod, pods that are deleted; `ended` are those that ended by themselves."""

    nodes: list[str] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    ended: list[Object] = field(default_factory=list)


@dataclass(frozen=True)
class Daemon:
    """A DaemonSet, its newest revision's hash, all nodes, and the moment."""

    one: Object
    digest: str
    nodes: Sequence[Object]
    moment: datetime

    @property
    def min_ready_seconds(self) -> int:
        """How long a pod must be ready to count as available."""
        return int(self.one["spec"].get("minReadySeconds") or 0)

    @property
    def wanted(self) -> list[str]:
        """The nodes that are to have a pod."""
        return [name_of(node) for node in self.nodes if should_run(self.one, node)[0]]

    def limits(self) -> tuple[int, int]:
        """How many pods a rolling update may add, and take, at once."""
        strategy = self.one["spec"].get("updateStrategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        count = len(self.wanted)
        surge = scaled_value(rolling.get("maxSurge", 0), count, up=True)
        unavailable = scaled_value(rolling.get("maxUnavailable", 1), count, up=True)
        return surge, unavailable if surge or unavailable else 1

    @property
    def may_surge(self) -> bool:
        """Whether a node may have two pods for a while."""
        return self.limits()[0] > 0

    def is_available(self, pod: Object) -> bool:
        """Whether a pod has been ready for long enough."""
        return is_available(pod, self.min_ready_seconds, self.moment)


def placement(daemon: Daemon, placed: Placed) -> Work:
    """One pod on each node that is to have one, none elsewhere."""
    work = Work()
    for node in daemon.nodes:
        _place(daemon, node, placed.get(name_of(node), []), work)
    known = {name_of(node) for node in daemon.nodes}
    for name, pods in placed.items():
        if name not in known:
            work.pods += [pod for pod in pods if not pod["spec"].get("nodeName")]
    return work


def _place(daemon: Daemon, node: Object, pods: Sequence[Object], work: Work) -> None:
    run, stay = should_run(daemon.one, node)
    staying = [pod for pod in pods if not is_terminating(pod)]
    if run and not pods:
        work.nodes.append(name_of(node))
    elif not stay:
        work.pods += staying
    else:
        ended = [p for p in staying if p["status"].get("phase") in ("Failed", "Succeeded")]
        work.ended += ended
        running = [pod for pod in staying if pod not in ended]
        if not daemon.may_surge:
            work.pods += running[1:]
        elif not running:
            work.nodes += [name_of(node)] if run else []
        else:
            work.pods += _surplus(daemon, running)


def _surplus(daemon: Daemon, running: Sequence[Object]) -> list[Object]:
    """All but the oldest new and the oldest old pod; the old one too when it is not needed."""
    new = [pod for pod in running if is_updated(pod, daemon.digest)]
    old = [pod for pod in running if not is_updated(pod, daemon.digest)]
    surplus = [*new[1:], *old[1:]]
    if new and old and (not is_ready(old[0]) or daemon.is_available(new[0])):
        surplus.append(old[0])
    return surplus


def rolling_update(daemon: Daemon, placed: Placed) -> Work:
    """Old pods that go now; with a surge also nodes that get a new pod beside the old one."""
    pairs = {
        name: _new_and_old(daemon, placed.get(name, []))
        for name in dict.fromkeys([*placed, *daemon.wanted])
    }
    surge, unavailable = daemon.limits()
    return _surging(daemon, pairs, surge) if surge else _replacing(daemon, pairs, unavailable)


_Pair = tuple[Object | None, Object | None] | None


def _new_and_old(daemon: Daemon, pods: Iterable[Object]) -> _Pair:
    """The new and the old pod of a node; None when there are several of a sort."""
    staying = [pod for pod in pods if not is_terminating(pod)]
    new = [pod for pod in staying if is_updated(pod, daemon.digest)]
    old = [pod for pod in staying if not is_updated(pod, daemon.digest)]
    if len(new) > 1 or len(old) > 1:
        return None
    return (new[0] if new else None), (old[0] if old else None)


def _replacing(daemon: Daemon, pairs: Mapping[str, _Pair], limit: int) -> Work:
    missing = 0
    allowed: list[Object] = []
    candidates: list[Object] = []
    for pair in pairs.values():
        new, old = pair or (None, None)
        if (new is None) == (old is None):
            missing += 1
        elif new is not None:
            missing += not daemon.is_available(new)
        elif old is not None and not daemon.is_available(old):
            allowed.append(old)
            missing += 1
        elif old is not None:
            candidates.append(old)
    return Work(pods=[*allowed, *candidates[: max(0, limit - missing)]])


def _surging(daemon: Daemon, pairs: Mapping[str, _Pair], limit: int) -> Work:
    wanted, surging, available = set(daemon.wanted), 0, 0
    work = Work()
    candidates: list[str] = []
    unwanted: list[Object] = []
    for name, pair in pairs.items():
        if pair is None:
            surging += 1
            continue
        new, old = pair
        serving = old if old is not None else new
        available += serving is not None and daemon.is_available(serving)
        if old is None:
            continue
        if new is not None:
            if daemon.is_available(new):
                work.pods.append(old)
            else:
                surging += 1
        elif name not in wanted:
            (unwanted if daemon.is_available(old) else work.pods).append(old)
        elif not daemon.is_available(old):
            work.nodes.append(name)
        else:
            candidates.append(name)
    work.pods += unwanted[: max(0, available - len(wanted))]
    work.nodes += candidates[: max(0, limit - surging)]
    return work
