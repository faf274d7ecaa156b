"""An AppProject: which repositories, destinations and kinds its Applications may have. Pure.

Messages are those of Argo CD, so that what a learner reads here is found at work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.dialects.argocd.projects import globs
from gitops_lab.dialects.argocd.projects.windows import Window
from gitops_lab.kube.objects import Object, name_of, namespace_of

KIND = "AppProject"
DEFAULT = "default"
INVALID_SPEC = "InvalidSpecError"
UNKNOWN_ERROR = "UnknownError"
_FINALIZER = "resources-finalizer.argocd.argoproj.io"

UNSUPPORTED = {
    "signatureKeys": "commits are not checked against GnuPG keys here",
    "sourceIntegrity": "the integrity of sources is not checked here",
    "syncWindowRefs": "windows of their own kind are not served here",
}
"""Fields of an AppProject that would protect, and can't here: Applications are refused instead."""


WITHOUT_EFFECT = {
    "roles": "rights in Argo CD's own API server, which is not there",
    "destinationServiceAccounts": "objects are written as the workspace's own user",
}
"""Fields of an AppProject that change nothing here; an event on it says so."""


@dataclass(frozen=True)
class Condition:
    """A condition of an Application, without its time."""

    type: str
    message: str


@dataclass(frozen=True)
class Place:
    """Where an Application deploys to: the server's URL, the cluster's name if known, namespace."""

    server: str = ""
    cluster: str = ""
    namespace: str = ""

    @property
    def parts(self) -> tuple[str, str, str]:
        """What a project's destinations are compared with, one by one."""
        return self.server, self.cluster, self.namespace


@dataclass(frozen=True)
class Rule:
    """Kinds, and for cluster-scoped ones names; each a pattern."""

    group: str
    kind: str
    name: str = ""

    def matches(self, group: str, kind: str, name: str = "") -> bool:
        """Whether an object falls under the rule."""
        of_kind = globs.matches(self.kind, kind) and globs.matches(self.group, group)
        return of_kind and (not self.name or globs.matches(self.name, name))


@dataclass(frozen=True)
class Orphans:
    """What `orphanedResources` asks for; None of a project means not to look."""

    warn: bool = True
    ignore: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Project:
    """The rules of an AppProject; `namespaced_allow` None means that all are allowed."""

    name: str
    namespace: str = "argocd"
    source_repos: tuple[str, ...] = ()
    destinations: tuple[Place, ...] = ()
    source_namespaces: tuple[str, ...] = ()
    cluster_allow: tuple[Rule, ...] = ()
    cluster_deny: tuple[Rule, ...] = ()
    namespaced_allow: tuple[Rule, ...] | None = None
    namespaced_deny: tuple[Rule, ...] = ()
    windows: tuple[Window, ...] = ()
    orphans: Orphans | None = None
    only_own_clusters: bool = False
    unsupported: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())

    def permits_source(self, url: str) -> bool:
        """Whether a repository may be a source; one `!pattern` that matches it refuses it."""
        asked, found = normalized(url), False
        for pattern in self.source_repos:
            denies = pattern.startswith(globs.DENY)
            plain = normalized(pattern.removeprefix(globs.DENY))
            if globs.matches(plain, asked, separators="/"):
                if denies:
                    return False
                found = True
            elif denies:
                found = True
        return found

    def permits_destination(self, place: Place) -> bool:
        """Whether objects may go there; a part with `!` that names this very place refuses it."""
        found = False
        for item in self.destinations:
            server = bool(place.server) and globs.matches_or_denies(item.server, place.server)
            cluster = bool(place.cluster) and globs.matches_or_denies(item.cluster, place.cluster)
            namespace = globs.matches_or_denies(item.namespace, place.namespace)
            fits = (server, cluster, namespace)
            if (server or cluster) and namespace:
                found = True
            elif any(
                part.startswith(globs.DENY) and not fit
                for part, fit in zip(item.parts, fits, strict=True)
            ):
                return False
        return found

    def permits_namespace(self, namespace: str) -> bool:
        """Whether an Application in that namespace may be of this project."""
        if namespace in ("", self.namespace):
            return True
        return globs.any_or_regex(self.source_namespaces, namespace)

    def permits_kind(self, group: str, kind: str, name: str, *, namespaced: bool) -> bool:
        """Whether objects of a kind may be managed. Cluster-scoped ones need to be allowed."""
        allow = self.namespaced_allow if namespaced else self.cluster_allow
        deny = self.namespaced_deny if namespaced else self.cluster_deny
        allowed = allow is None or any(rule.matches(group, kind, name) for rule in allow)
        return allowed and not any(rule.matches(group, kind, name) for rule in deny)


def read(obj: Object) -> Project:
    """The project of an AppProject; what can't be read is named in `problems`."""
    spec: Mapping[str, Any] = obj.get("spec") or {}
    allow = spec.get("namespaceResourceWhitelist")
    return Project(
        name=name_of(obj),
        namespace=namespace_of(obj),
        source_repos=_texts(spec, "sourceRepos"),
        destinations=tuple(_place(item) for item in _items(spec, "destinations")),
        source_namespaces=_texts(spec, "sourceNamespaces"),
        cluster_allow=_rules(spec, "clusterResourceWhitelist"),
        cluster_deny=_rules(spec, "clusterResourceBlacklist"),
        namespaced_allow=None if allow is None else _rules(spec, "namespaceResourceWhitelist"),
        namespaced_deny=_rules(spec, "namespaceResourceBlacklist"),
        windows=tuple(_window(item) for item in _items(spec, "syncWindows")),
        orphans=_orphans(spec.get("orphanedResources")),
        only_own_clusters=bool(spec.get("permitOnlyProjectScopedClusters")),
        unsupported=tuple(name for name in UNSUPPORTED if spec.get(name)),
        problems=problems(spec),
    )


def remarks(obj: Object) -> tuple[str, ...]:
    """What is to be told of an AppProject: fields without effect, and what can't be read."""
    spec: Mapping[str, Any] = obj.get("spec") or {}
    idle = (f"spec.{name}: {why}" for name, why in WITHOUT_EFFECT.items() if spec.get(name))
    return (*idle, *problems(spec))


def default_project(namespace: str = "argocd") -> Object:
    """The AppProject that every Argo CD has: everything is allowed."""
    everything = [{"group": "*", "kind": "*"}]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": KIND,
        "metadata": {"name": DEFAULT, "namespace": namespace},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": everything,
        },
    }


def has_finalizer(obj: Object) -> bool:
    """Whether the AppProject may only go when no Application uses it any more."""
    return _FINALIZER in (obj["metadata"].get("finalizers") or ())


def missing(name: str) -> Condition:
    """What an Application says whose project is not there."""
    return Condition(INVALID_SPEC, f"Application referencing project {name} which does not exist")


def refusals(
    project: Project, app: Object, urls: Sequence[str], place: Place, scoped: Iterable[str] = ()
) -> list[Condition]:
    """Why an Application is not permitted in its project; empty when it is.

    `urls` are those of its sources, `place` where it deploys to, `scoped` the servers that belong
    to the project (`permitOnlyProjectScopedClusters` asks for one of them).
    """
    namespace, name = namespace_of(app), name_of(app)
    if not project.permits_namespace(namespace):
        text = f"application '{name}' in namespace '{namespace}' is not allowed to use project"
        return [Condition(UNKNOWN_ERROR, f"{text} {project.name}")]
    found = [
        Condition(INVALID_SPEC, f"AppProject {project.name}: spec.{one}: {UNSUPPORTED[one]}")
        for one in project.unsupported
    ]
    found += [
        Condition(
            INVALID_SPEC, f"application repo {url} is not permitted in project '{project.name}'"
        )
        for url in dict.fromkeys(urls)
        if not project.permits_source(url)
    ]
    if not _may_go(project, place, scoped):
        server = place.server or place.cluster
        found.append(
            Condition(
                INVALID_SPEC,
                f"application destination server '{server}' and namespace '{place.namespace}' do "
                f"not match any of the allowed destinations in project '{project.name}'",
            )
        )
    return found


def refuse_object(
    project: Project,
    obj: Object,
    place: Place,
    *,
    namespaced: bool,
    scoped: Iterable[str] = (),
) -> str:
    """Why an object must not be managed, as its sync result says it; "" when it may.

    `place` is the Application's; a namespaced object counts with its own namespace.
    """
    group, _, _ = str(obj.get("apiVersion", "")).rpartition("/")
    kind = str(obj.get("kind", ""))
    if not project.permits_kind(group, kind, name_of(obj), namespaced=namespaced):
        return f"resource {group}:{kind} is not permitted in project {project.name}"
    if namespaced:
        namespace = namespace_of(obj) or place.namespace
        there = Place(place.server, place.cluster, namespace)
        if not _may_go(project, there, scoped):
            return f"namespace {namespace} is not permitted in project '{project.name}'"
    return ""


def normalized(url: str) -> str:
    """A repository's URL in the form in which two are compared."""
    text = url.strip().lower()
    if "://" not in text and "@" in text.partition(":")[0]:
        text = "ssh://" + text.replace(":", "/", 1)
    text = text.removesuffix(".git")
    if urlsplit(text).scheme == "ssh":
        text = text.removeprefix("ssh://")
    return text


def problems(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """What Argo CD's server would refuse in a project's spec, in its words."""
    found: list[str] = []
    for item in _items(spec, "destinations"):
        found += [
            f"{name} has an invalid format, '!*'"
            for name in ("name", "server", "namespace")
            if item.get(name) == "!*"
        ]
    if "!*" in _texts(spec, "sourceRepos"):
        found.append("source repository has an invalid format, '!*'")
    for window in map(_window, _items(spec, "syncWindows")):
        label = f"window '{window.kind}':'{window.schedule}':'{window.duration}'"
        if not (window.applications or window.namespaces or window.clusters):
            found.append(f"{label} requires one of application, cluster or namespace")
        if window.kind not in ("allow", "deny"):
            found.append(f"kind '{window.kind}' mismatch: can only be allow or deny")
    return tuple(found)


def _may_go(project: Project, place: Place, scoped: Iterable[str]) -> bool:
    if not project.permits_destination(place):
        return False
    return not project.only_own_clusters or place.server in set(scoped)


def _items(spec: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [item for item in spec.get(key) or () if isinstance(item, Mapping)]


def _texts(spec: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in spec.get(key) or ())


def _text(item: Mapping[str, Any], key: str) -> str:
    return str(item.get(key) or "")


def _place(item: Mapping[str, Any]) -> Place:
    return Place(_text(item, "server"), _text(item, "name"), _text(item, "namespace"))


def _rules(spec: Mapping[str, Any], key: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(_text(item, "group"), _text(item, "kind"), _text(item, "name"))
        for item in _items(spec, key)
    )


def _window(item: Mapping[str, Any]) -> Window:
    return Window(
        kind=_text(item, "kind"),
        schedule=_text(item, "schedule"),
        duration=_text(item, "duration"),
        applications=_texts(item, "applications"),
        namespaces=_texts(item, "namespaces"),
        clusters=_texts(item, "clusters"),
        manual_sync=bool(item.get("manualSync")),
        time_zone=_text(item, "timeZone"),
        and_operator=bool(item.get("andOperator")),
        sync_overrun=bool(item.get("syncOverrun")),
    )


def _orphans(value: object) -> Orphans | None:
    if not isinstance(value, Mapping):
        return None
    warn = value.get("warn")
    return Orphans(True if warn is None else bool(warn), _rules(value, "ignore"))
