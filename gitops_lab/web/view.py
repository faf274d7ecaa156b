"""From a state to what the templates show: plain values, nothing decided. Pure."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from gitops_lab.kube import ObjectKey
from gitops_lab.web.commits import changed_apps
from gitops_lab.web.facts import LINKS, AppFact, Broken, NodeFact, PassFact, RepoFact, Row, State

_DEPTH = 8
_MOST_CHILDREN = 100


@dataclass(frozen=True)
class Looking:
    """What somebody looks at: an App, a node of its tree, a moment of the past (0 is now)."""

    app: str = ""
    node: str = ""
    tab: str = ""
    at: float = 0.0

    def query(self, **changes: Any) -> str:
        """The page's query, with some of it changed."""
        values = {"app": self.app, "node": self.node, "tab": self.tab, "at": self.at, **changes}
        told = {name: value for name, value in values.items() if value}
        return f"?{urlencode(told)}" if told else "?"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Looking":
        """From the page's query; what makes no sense is left out."""
        try:
            at = float(query.get("at") or 0.0)
        except ValueError:
            at = 0.0
        at = at if 0.0 < at < 1e11 else 0.0
        return cls(query.get("app", ""), query.get("node", ""), query.get("tab", ""), at)


@dataclass(frozen=True)
class Link:
    """A link of the chain: how it stands (done, broken, waits, open), and what there is to say."""

    name: str
    state: str
    text: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class TreeNode:
    """An object in the tree. `sync` is "" for what the engine didn't apply itself.

    `drift` says that it was changed by hand, or that such a change was healed.
    """

    id: str
    kind: str
    name: str
    namespace: str
    sync: str
    health: str
    message: str
    info: str
    children: tuple["TreeNode", ...] = ()
    more: int = 0
    drift: str = ""


@dataclass(frozen=True)
class CommitView:
    """A commit, with the names of the Apps that it changed and of those that run it."""

    sha: str
    subject: str
    author: str
    date: str
    refs: tuple[str, ...]
    lane: int
    changed: tuple[str, ...]
    live: tuple[str, ...]


def node_id(cluster: str, key: ObjectKey) -> str:
    """An object as it stands in the page's address."""
    return "/".join((cluster, key.group, key.kind, key.namespace, key.name))


def key_of(node: str) -> tuple[str, ObjectKey] | None:
    """The reverse; None for what is no object."""
    parts = node.split("/")
    if len(parts) != 5 or not parts[2] or not parts[4]:
        return None
    return parts[0], ObjectKey(*parts[1:])


def chosen(state: State, looking: Looking) -> AppFact | None:
    """The App that is looked at: the one named, else the first that is not well, else any."""
    named = state.get("app", looking.app)
    if named:
        return named  # type: ignore[no-any-return]
    unwell = (app for app in state.apps if app.broken and not app.broken.waits)
    return next(unwell, next(iter(state.apps), None))


def broken_of(state: State, app: AppFact) -> Broken | None:
    """The broken link of an App, in the words of whoever knows most."""
    known = state.get("explained", app.id)
    if known and known[0] == app.version:
        return known[1]  # type: ignore[no-any-return]
    return app.broken


def chain(state: State, app: AppFact) -> list[Link]:
    """The links of an App's chain."""
    last: PassFact | None = state.get("pass", app.id)
    broken = broken_of(state, app)
    at = LINKS.index(broken.link) if broken and broken.link in LINKS else len(LINKS)
    texts = _texts(state, app, last)
    links = []
    for number, name in enumerate(LINKS):
        how = "done" if number < at else "open"
        if number == at and broken:
            how = "waits" if broken.waits else "broken"
        links.append(Link(name, how, texts.get(name, ""), last.seconds.get(name) if last else None))
    return links


def _texts(state: State, app: AppFact, last: PassFact | None) -> dict[str, str]:
    repo: RepoFact | None = state.get("repo", app.repo)
    found = next((c for c in repo.commits if c.sha == app.revision), None) if repo else None
    synced = sum(1 for row in app.rows if row.sync == "Synced")
    return {
        "commit": found.subject if found else (last.subject if last else ""),
        "revision": app.revision[:7],
        "render": f"{len(app.rows)} objects" if app.rows else "",
        "plan": last.summary if last else "",
        "apply": f"{synced} of {len(app.rows)} as in Git" if app.rows else "",
        "health": app.health_message or app.health,
    }


def tree(state: State, app: AppFact) -> list[TreeNode]:
    """What an App manages, with what these objects made in turn."""
    return [_managed(state, app, row) for row in app.rows]


def _managed(state: State, app: AppFact, row: Row) -> TreeNode:
    live = state.nodes.get((app.cluster, row.key))
    children, more = _below(state, live, 0) if live else ((), 0)
    health = (live.health if live else "") or row.health
    return TreeNode(
        node_id(app.cluster, row.key),
        row.key.kind,
        row.key.name,
        row.key.namespace,
        row.sync,
        health,
        row.message or (live.message if live else ""),
        live.info if live else "",
        children,
        more,
        _drift(state, app, row),
    )


def _drift(state: State, app: AppFact, row: Row) -> str:
    if str(row.key) in (state.get("drift", app.id) or ()):
        return "changed by hand"
    last: PassFact | None = state.get("pass", app.id)
    if last and str(row.key) in last.drift.split(", "):
        return f"healed {clock(last.applied_at)}" if last.applied_at else "changed by hand"
    return ""


def _below(state: State, node: NodeFact, depth: int) -> tuple[tuple[TreeNode, ...], int]:
    if depth >= _DEPTH or not node.uid:
        return (), 0
    found = [n for n in state.children.get((node.cluster, node.uid), ()) if _matters(n)]
    found.sort(key=lambda child: (child.key.kind, child.key.name))
    shown = tuple(_made(state, child, depth + 1) for child in found[:_MOST_CHILDREN])
    return shown, len(found) - len(shown)


def _matters(node: NodeFact) -> bool:
    """Old ReplicaSets without a pod are history, not the present."""
    return not (node.key.kind == "ReplicaSet" and node.info == "0/0")


def _made(state: State, node: NodeFact, depth: int) -> TreeNode:
    children, more = _below(state, node, depth)
    return TreeNode(
        node_id(node.cluster, node.key),
        node.key.kind,
        node.key.name,
        node.key.namespace,
        "",
        "Terminating" if node.terminating else node.health,
        node.message,
        node.info,
        children,
        more,
    )


def graph(state: State, repo: RepoFact) -> list[CommitView]:
    """The commits of a repository, with the Apps that they concern."""
    apps = [app for app in state.apps if app.repo == repo.name]
    live: dict[str, list[str]] = defaultdict(list)
    for app in apps:
        if app.deployed:
            live[app.deployed[-1]].append(app.name)
    return [
        CommitView(
            commit.sha,
            commit.subject,
            commit.author,
            commit.date,
            commit.refs,
            min(commit.lane, 5),
            _names(app.name for app in changed_apps(commit, repo.name, apps)),
            _names(live[commit.sha]),
        )
        for commit in repo.commits
    ]


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """A few names; the rest as a number."""
    found = sorted(set(names))
    return (*found[:6], f"and {len(found) - 6} more") if len(found) > 7 else tuple(found)


def clusters(state: State) -> list[tuple[str, list[AppFact]]]:
    """The Apps by cluster, side by side."""
    found: dict[str, list[AppFact]] = defaultdict(list)
    for app in state.apps:
        found[app.cluster].append(app)
    return sorted(found.items())


def clock(at: float) -> str:
    """A moment as people read it."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S")


def elapsed(since: float) -> str:
    """How long ago a moment was: `3:07`, in minutes and seconds."""
    gone = max(0, round(time.time() - since))
    return f"{gone // 60}:{gone % 60:02}"


def took(seconds: float | None) -> str:
    """`12 ms`, `1.4 s`."""
    if seconds is None:
        return ""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
