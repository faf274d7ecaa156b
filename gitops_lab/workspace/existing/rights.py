"""What a workspace has to be allowed, asked of the cluster before anything is made."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from gitops_lab.engine.app import API_VERSION, GROUP, KIND
from gitops_lab.errors import GitOpsLabError, WorkspaceError
from gitops_lab.kube import Client, Object, yamls
from gitops_lab.kube.errors import UnknownKind
from gitops_lab.kube.objects import namespace_of
from gitops_lab.workspace.plan import WorkspacePlan

_WRITE = ("get", "create", "patch", "delete")
_FOLLOW = ("list", "watch")
_ASK_AT_ONCE = 8


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource; namespace "" is the whole cluster."""

    namespace: str
    group: str
    resource: str
    verb: str

    @property
    def target(self) -> str:
        """`deployments.apps in namespace web`."""
        what = f"{self.resource}.{self.group}" if self.group else self.resource
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"{what} {where}"


def told(rights: Iterable[Right]) -> str:
    """All of them, the verbs on one resource together."""
    groups = groupby(sorted(rights), key=lambda right: right.target)
    return "; ".join(
        f"{', '.join(right.verb for right in group)} {target}" for target, group in groups
    )


def refuse_without_rights(client: Client, plan: WorkspacePlan, *, install_crds: bool) -> None:
    """Raises WorkspaceError that names every right which is missing."""
    missing = missing_rights(client, needed_rights(client, plan, install_crds=install_crds))
    if not missing:
        return
    without = "" if not install_crds else " Without --install-crds it needs fewer."
    raise WorkspaceError(
        f"you may not do all that this workspace needs. Missing: {told(missing)}. "
        "Nothing was made.",
        reason="RightsMissing",
        hint=f"Ask whoever runs the cluster for a role with these.{without}",
    )


def needed_rights(client: Client, plan: WorkspacePlan, *, install_crds: bool) -> list[Right]:
    """From the kinds and namespaces of the lab's objects and of its repositories' files."""
    objects = [*plan.objects, *plan.later, *_in_repositories(plan)]
    namespaces = sorted({*_destinations(plan.objects), *map(namespace_of, objects)} - {""})
    rights = {Right("", "", "namespaces", verb) for verb in _WRITE}
    rights |= {Right("", "", "events", "list")}
    rights |= {Right(name, "", "events", verb) for name in namespaces for verb in _WRITE[1:3]}
    rights |= {Right(name, "", "pods", "list") for name in namespaces}
    kinds = {(str(obj.get("apiVersion")), str(obj.get("kind"))) for obj in objects}
    for api_version, kind in sorted(kinds - {(API_VERSION, KIND)}):
        rights |= set(_of_kind(client, api_version, kind, namespaces))
    if ("v1", "Service") in kinds:  # the way to the apps
        rights |= {Right(name, "", "pods/portforward", "create") for name in namespaces}
    if install_crds:
        definitions = ("apiextensions.k8s.io", "customresourcedefinitions")
        rights |= {Right("", *definitions, verb) for verb in _WRITE}
        rights |= {Right("", GROUP, "gitopsapps", verb) for verb in (*_WRITE, *_FOLLOW)}
        rights |= {Right("", GROUP, "gitopsapps/status", "patch")}
    return sorted(rights)


def missing_rights(client: Client, rights: Iterable[Right]) -> list[Right]:
    """Those that the cluster says we don't have. Raises ApiError."""
    asked = list(rights)
    with ThreadPoolExecutor(_ASK_AT_ONCE) as pool:
        allowed = list(pool.map(lambda right: _may(client, right), asked))
    return [right for right, may in zip(asked, allowed, strict=True) if not may]


def _may(client: Client, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "namespace": right.namespace,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "verb": right.verb,
    }
    review: Object = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": {k: v for k, v in attributes.items() if v}},
    }
    answer = client.create(review)
    return bool((answer.get("status") or {}).get("allowed"))


def _of_kind(client: Client, api_version: str, kind: str, namespaces: list[str]) -> Iterator[Right]:
    try:
        info = client.resource(api_version, kind)
    except UnknownKind:  # not an object of a cluster, or one that the engine will complain of
        return
    for verb in _FOLLOW:
        yield Right("", info.group, info.plural, verb)
    for namespace in namespaces if info.namespaced else [""]:
        for verb in _WRITE:
            yield Right(namespace, info.group, info.plural, verb)


def _destinations(objects: Iterable[Object]) -> Iterator[str]:
    for obj in objects:
        if obj.get("kind") == KIND:
            destination = (obj.get("spec") or {}).get("destination") or {}
            yield str(destination.get("namespace") or "default")


def _in_repositories(plan: WorkspacePlan) -> Iterator[Object]:
    """Every object in the seeds; what is not YAML of objects is left out."""
    for repo in plan.repositories:
        for name, content in repo.files.items():
            if name.endswith((".yaml", ".yml")):
                yield from _objects_in(content)


def _objects_in(content: bytes) -> list[Object]:
    try:
        documents = [d.obj for d in yamls.load_all(content.decode(errors="replace"))]
    except GitOpsLabError:
        return []
    return [d for d in documents if isinstance(d, dict) and "apiVersion" in d and "kind" in d]
