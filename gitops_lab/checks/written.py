"""The ready-made check of who wrote an object: from the audit log, and from the object."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.managers import MANAGERS
from gitops_lab.checks.objects import Named
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World, full_kind
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.kube.audit import Written

ENGINE = "gitops-lab-engine"
"""How the engine calls itself to a cluster (its user agent)."""
_CONTROLLERS = MANAGERS - {FIELD_MANAGER}
_CLUSTER = ("system:apiserver", "system:kube-controller-manager", "system:node:")
_CLUSTER_ACCOUNTS = "system:serviceaccount:kube-system:"
_FIELDS = {"f:spec", "f:data", "f:stringData", "f:rules", "f:subjects"}


@dataclass(frozen=True)
class WrittenByGitAlone:
    """Since the step began the engine alone has written an object, and it owns all of it.

    The cluster's audit log says so, where even what was overwritten stands, and what was written
    under the engine's name. A cluster that keeps none can't tell, and then neither can the check.
    What the cluster's own controllers write doesn't count.
    """

    object: Named
    app: str = ""

    def look(self, world: World) -> Sight:
        """Read the audit log, and who owns fields below spec and data."""
        expected = f"{self.object} is written by Git alone"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        log = world.written(self.object.cluster)
        if log is None:
            seen = "can't tell: this cluster keeps no audit log that we could read"
            return Sight(False, seen, expected, next=_ELSEWHERE, by_hand=True)
        writers = sorted(set(self._writers(world, log)))
        if writers:
            seen = f"{', '.join(writers)} wrote to it since this step began"
            return Sight(False, seen, expected, next=_RESET, by_hand=True)
        owners = sorted(set(_owners(obj)))
        seen = f"{', '.join(owners)} wrote to it as well" if owners else "only the engine did"
        return Sight(not owners, seen, expected, app=self.app)

    def _writers(self, world: World, log: Iterable[Written]) -> Iterator[str]:
        api_version, _, kind = full_kind(self.object.kind).rpartition("/")
        resource = world.client(self.object.cluster).resource(api_version, kind)
        space = self.object.namespace if resource.namespaced else ""
        for each in log:
            here = (each.group, each.resource) == (resource.group, resource.plural)
            by = by_cluster(each) or by_engine(each)
            mine = here and each.namespace == space and each.name in (self.object.name, "")
            if mine and each.took_effect and each.subresource in ("", "scale") and not by:
                yield each.tool if each.manager in MANAGERS else each.manager


_RESET = "The log forgets nothing: `gitops-lab reset` begins the step anew."
_ELSEWHERE = "The embedded cluster keeps one. On others, look into the object's managedFields."


def by_cluster(each: Written) -> bool:
    """Whether the cluster's own programs wrote."""
    return each.user.startswith((*_CLUSTER, _CLUSTER_ACCOUNTS))


def by_engine(each: Written) -> bool:
    """Whether an engine wrote, and not somebody under its name.

    Ours speaks for several; the controllers of others, and Helm in Flux's, go by their own names.
    """
    return each.tool in _CONTROLLERS or (each.tool == ENGINE and each.manager in MANAGERS)


def _owners(obj: Mapping[str, Any]) -> Iterator[str]:
    """Those beside the engine who own anything of what an object wants."""
    for entry in obj["metadata"].get("managedFields") or ():
        wanted = _FIELDS & set(entry.get("fieldsV1") or {})
        if wanted and not entry.get("subresource") and entry.get("manager") not in MANAGERS:
            yield str(entry.get("manager"))
