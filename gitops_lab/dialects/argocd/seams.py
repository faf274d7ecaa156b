"""What the parts of the Argo CD dialect share: the workspace, its clusters, projects and settings.

Each part is a module or package of the dialect with `definitions()` and `part(shared)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gitops_lab.dialects.argocd.clusters import Clusters
from gitops_lab.dialects.argocd.projects.project import Place
from gitops_lab.dialects.argocd.projects.windows import OPEN, Gate
from gitops_lab.dialects.dialect import World
from gitops_lab.engine.health import Health
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.kube import Object
from gitops_lab.kube.objects import GroupKind

NAMESPACE = "argocd"
"""Where Argo CD's own objects are: Applications, projects, settings."""


class Project(Protocol):
    """What an AppProject allows; `projects.project.Project` is one."""

    def permits_source(self, url: str) -> bool:
        """Whether a repository may be a source."""

    def permits_destination(self, place: Place) -> bool:
        """Whether objects may go there."""

    def permits_namespace(self, namespace: str) -> bool:
        """Whether an Application in that namespace may be of this project."""

    def permits_kind(self, group: str, kind: str, name: str, *, namespaced: bool) -> bool:
        """Whether objects of a kind may be managed."""


class Projects(Protocol):
    """The AppProjects of the workspace."""

    def of(self, namespace: str, name: str) -> Project | None:
        """The project of that name; None when there is none."""

    def problem(self, app: Object) -> str:
        """Why the project can't be enforced as it is written; "" when it can."""

    def gate(self, app: Object, *, manual: bool, running: bool = False) -> Gate:
        """Whether the project's sync windows allow it now, what to say, when to look again."""


class Settings(Protocol):
    """What `argocd-cm` says."""

    @property
    def tracking(self) -> str:
        """`annotation`, `label` or `annotation+label`."""

    @property
    def instance_label(self) -> str:
        """The label by which objects are tracked, with a method that uses one."""

    @property
    def installation_id(self) -> str:
        """What objects are marked with beside the tracking id, "" for nothing."""

    @property
    def ignore(self) -> Sequence[IgnoreRule]:
        """Fields that are ignored in all Applications."""

    @property
    def reconciliation(self) -> tuple[float, float]:
        """Seconds between two looks at the repositories, and the jitter on top."""

    @property
    def ignore_jq(self) -> Sequence[tuple[IgnoreRule, tuple[str, ...]]]:
        """Likewise as paths in jq, for the objects that the rule is about."""

    def excluded(self, group: str, kind: str, server: str) -> bool:
        """Whether Argo CD shall not see objects of a kind on a cluster."""

    def health(self, obj: Object) -> Health | None:
        """The health by rules of its own; None to judge as ever."""

    def customizes(self, kind: GroupKind) -> bool:
        """Whether anything is said of a kind."""

    @property
    def progressive(self) -> bool:
        """Whether ApplicationSets may sync step by step."""

    def serves(self, namespace: str) -> bool:
        """Whether Applications of a namespace are looked after."""


class Runs(Protocol):
    """What is started and stopped with the dialect."""

    def start(self) -> None:
        """Begin; return at once."""

    def stop(self) -> None:
        """End."""

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push has moved refs; only told in timing `lab`."""


@dataclass
class Shared:
    """What every part works with. `refresh` lets the Application (namespace, name) look again."""

    world: World
    loop: Loop
    clusters: Clusters
    projects: Projects
    settings: Settings
    refresh: Callable[[str, str], None] = field(default=lambda namespace, name: None)


class AllPermitted:
    """The project `default` before anybody has changed it."""

    def permits_source(self, url: str) -> bool:
        """Every one."""
        return True

    def permits_destination(self, place: Place) -> bool:
        """Every one."""
        return True

    def permits_namespace(self, namespace: str) -> bool:
        """Only Argo CD's own."""
        return namespace == NAMESPACE

    def permits_kind(self, group: str, kind: str, name: str, *, namespaced: bool) -> bool:
        """Every one."""
        return True


class DefaultProjects:
    """Only the project `default`; for processes that read and for tests of one Application."""

    def of(self, namespace: str, name: str) -> Project | None:
        """The default one."""
        return AllPermitted() if name == "default" else None

    def problem(self, app: Object) -> str:
        """None."""
        return ""

    def gate(self, app: Object, *, manual: bool, running: bool = False) -> Gate:
        """Always open."""
        return OPEN


class DefaultSettings:
    """Argo CD's defaults."""

    tracking = "annotation"
    instance_label = "app.kubernetes.io/instance"
    installation_id = ""
    ignore: Sequence[IgnoreRule] = ()
    ignore_jq: Sequence[tuple[IgnoreRule, tuple[str, ...]]] = ()
    reconciliation = (120.0, 60.0)
    progressive = False

    def customizes(self, kind: GroupKind) -> bool:
        """Of none."""
        return False

    def serves(self, namespace: str) -> bool:
        """Argo CD's own."""
        return namespace == NAMESPACE

    def excluded(self, group: str, kind: str, server: str) -> bool:
        """None."""
        return False

    def health(self, obj: Object) -> Health | None:
        """As ever."""
        return None
