"""What a lab's own numbers say: how fast it recovers, who writes with credentials, and why.

From the clusters' audit logs and from Git. They are kept when a lab is finished, so that a summary
can put what was done by hand beside what was done from Git.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from gitops_lab.checks.world import World
from gitops_lab.checks.written import ENGINE, by_cluster, by_engine
from gitops_lab.engine.app import API_VERSION
from gitops_lab.kube import audit
from gitops_lab.kube.audit import Written

HELMS = "sh.helm.release.v1."
"""How the names of Secrets begin in which Helm keeps its own history."""
OURS = "gitops-lab"
"""The tool of `start` and `reset`, which is neither the learner's nor the engine's."""


@dataclass(frozen=True)
class Measured:
    """A finished lab in numbers.

    `recover_s` is the longest time from a write by hand to the engine's that took it back, or,
    where no engine is, from the last step's beginning to its end. `holders` are the programs that
    wrote to the cluster with credentials. `explained` of the `writes` came from Git, and so a
    commit says who wanted them and why.
    """

    recover_s: float
    holders: tuple[str, ...]
    writes: int
    explained: int
    commits: int
    engine: bool

    def as_data(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"holders": list(self.holders)}


def measure(world: World, *, since: float, last_step_s: float) -> Measured | None:
    """The numbers since a time (seconds since 1970); None where no audit log is kept."""
    files = [world.place.audit_log(name) for name in world.place.clusters]
    if None in files:
        return None
    start = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    log = [each for file in files if file for each in audit.read(file, since=start)]
    mine = [each for each in log if _counts(each)]
    engine = [each for each in mine if by_engine(each)]
    healed = list(_healed(mine))
    repositories = world.repositories
    return Measured(
        recover_s=round(max(healed, default=last_step_s), 2),
        holders=tuple(sorted({_named(each.tool) for each in mine})),
        writes=len(mine),
        explained=len(engine),
        commits=sum(len(repositories.log(name, "main", 1000)) for name in repositories.names()),
        engine=bool(world.apps()),
    )


def _named(tool: str) -> str:
    return "the engine" if tool == ENGINE else tool


def _counts(each: Written) -> bool:
    """Whether somebody changed what is to be: no status, no App, nothing of the cluster's own."""
    app = each.group == API_VERSION.partition("/")[0]
    own = by_cluster(each) or each.tool == OURS or _books(each)
    return each.took_effect and not app and not own and each.subresource in ("", "scale")


def _books(each: Written) -> bool:
    """Whether an engine wrote to its own resources, told of something, or kept its history."""
    group = each.group.partition("/")[0]
    theirs = group == "argoproj.io" or group.endswith(".fluxcd.io")
    notes = each.resource == "secrets" and each.name.startswith(HELMS)
    return notes or (each.tool == ENGINE and (theirs or each.resource == "events"))


def _healed(log: Iterable[Written]) -> Iterator[float]:
    """For each object that was changed by hand, the seconds until the engine wrote it."""
    since: dict[tuple[str, str, str, str], datetime] = {}
    for each in log:
        key = (each.group, each.resource, each.namespace, each.name)
        at = datetime.fromisoformat(each.time)
        if not by_engine(each):
            since.setdefault(key, at)
        elif key in since:
            yield (at - since.pop(key)).total_seconds()
