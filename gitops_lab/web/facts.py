"""What the page knows, as small values: one fact a thing, none of them ever changed in place.

A fact is found by its key: ("app", id), ("node", cluster, uid), ("pass", app id), ("repo", name),
("lab",), ("feed",), ("notes",). What is shown is a function of all facts at one moment.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gitops_lab.kube import ObjectKey

Key = tuple[str, ...]
LINKS = ("commit", "revision", "render", "plan", "apply", "health")
"""The chain, in its order."""


_ALL = ("sync", "suspend", "resume")
_VERBS = {
    "native": _ALL,
    "argocd": ("sync",),
    "flux-kustomization": _ALL,
    "flux-helmrelease": _ALL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """An object that an App manages; `health` is "" where the kind has none."""

    key: ObjectKey
    sync: str
    health: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """What `explain` says of the broken link."""

    link: str
    message: str
    next: str = ""
    place: str = ""
    waits: bool = False
    """Nothing is wrong: it is on its way, or left alone on purpose."""


@dataclass(frozen=True, slots=True)
class AppFact:
    """An App as its resource tells; of which kind, and of whose."""

    id: str
    namespace: str
    name: str
    cluster: str
    repo: str
    path: str
    sync: str
    health: str
    health_message: str
    revision: str
    message: str
    suspended: bool
    rows: tuple[Row, ...]
    kinds: frozenset[tuple[str, str]]
    deployed: tuple[str, ...]
    broken: Broken | None = None
    version: str = ""
    kind: str = "GitOpsApp"
    engine: str = ""
    """The engine whose kind that is, "" for our own."""
    front: str = "native"

    @property
    def verbs(self) -> tuple[str, ...]:
        """What a button may ask of it: what the command line knows for its engine."""
        return _VERBS.get(self.front, ())


@dataclass(frozen=True, slots=True)
class NodeFact:
    """A live object; `info` is the one figure that people look at, such as `2/2`."""

    cluster: str
    uid: str
    key: ObjectKey
    api_version: str
    owners: tuple[str, ...]
    version: str
    health: str = ""
    message: str = ""
    info: str = ""
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class PassFact:
    """The last sync of an App: when each link of the chain was done, and how long it took.

    `seconds` by link; `applied_at` and `healthy_at` in seconds since the epoch, 0 not yet.
    `drift` is what was found changed by hand, "" for a sync that a commit made.
    """

    at: float
    revision: str
    subject: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    summary: str = ""
    failed: str = ""
    drift: str = ""
    applied_at: float = 0.0
    healthy_at: float = 0.0


@dataclass(frozen=True, slots=True)
class CommitFact:
    """A commit in the graph: the lane (0 is the first branch's), its parents, what it touched."""

    sha: str
    subject: str
    author: str
    date: str
    parents: tuple[str, ...]
    refs: tuple[str, ...]
    paths: tuple[str, ...]
    lane: int = 0


@dataclass(frozen=True, slots=True)
class RepoFact:
    """A repository's newest commits, newest first."""

    name: str
    commits: tuple[CommitFact, ...]


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step of the lab and how far it is."""

    id: str
    title: str
    passed: bool
    current: bool


@dataclass(frozen=True, slots=True)
class LabFact:
    """The lab: its steps, and the text of the current one as HTML that we made."""

    name: str
    title: str
    steps: tuple[StepFact, ...]
    text: str


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """What a button did: the verb, what came of it, and a line for each check."""

    verb: str
    text: str
    good: bool = True
    running: bool = False
    checks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of "what happened". `tone` is good, bad, drift or plain."""

    at: float
    app: str
    text: str
    tone: str = "plain"


class State:
    """All facts at one moment. Never changed; what is computed from them is kept."""

    def __init__(self, facts: Mapping[Key, Any], at: float) -> None:
        self.facts = facts
        self.at = at

    def get(self, *key: str) -> Any:
        """The fact of that key, or None."""
        return self.facts.get(key)

    def _of(self, kind: str) -> Iterator[Any]:
        return (fact for key, fact in self.facts.items() if key[0] == kind)

    @cached_property
    def apps(self) -> list[AppFact]:
        """All Apps, by cluster and name."""
        return sorted(self._of("app"), key=lambda app: (app.cluster, app.name, app.namespace))

    @cached_property
    def repos(self) -> list[RepoFact]:
        """All repositories by name."""
        return sorted(self._of("repo"), key=lambda repo: repo.name)

    @cached_property
    def nodes(self) -> dict[tuple[str, ObjectKey], NodeFact]:
        """Live objects by cluster and identity."""
        return {(node.cluster, node.key): node for node in self._of("node")}

    @cached_property
    def children(self) -> dict[tuple[str, str], list[NodeFact]]:
        """Live objects by cluster and the uid of an owner."""
        found: dict[tuple[str, str], list[NodeFact]] = defaultdict(list)
        for node in self.nodes.values():
            for owner in node.owners:
                found[node.cluster, owner].append(node)
        return found
