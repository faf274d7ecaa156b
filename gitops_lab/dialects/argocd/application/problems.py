"""What is wrong with an Application before anything is compared: conditions, in Argo CD's words."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.argocd.application import jq
from gitops_lab.dialects.argocd.application.record import INVALID_SPEC, UNKNOWN_ERROR
from gitops_lab.dialects.argocd.application.sources import UnknownRepository, read_source
from gitops_lab.dialects.argocd.application.spec import Spec
from gitops_lab.dialects.argocd.clusters import Target
from gitops_lab.dialects.argocd.projects.project import Place
from gitops_lab.dialects.argocd.seams import Project, Shared
from gitops_lab.engine.errors import AppError
from gitops_lab.kube import Object

Problem = tuple[str, str]


def problems_of(obj: Object, spec: Spec, target: Target, shared: Shared) -> list[Problem]:
    """(type, message) of each; [] when it may be synced."""
    if not spec.sources:
        said = "spec.source.repoURL and either spec.source.path or spec.source.chart are required"
        return [(INVALID_SPEC, said)]
    project = shared.projects.of(spec.namespace, spec.project)
    if project is None:
        said = f"Application referencing project {spec.project} which does not exist"
        return [(INVALID_SPEC, said)]
    if incomplete := [one for raw in spec.sources for one in _incomplete(raw, spec.several)]:
        return incomplete[:1]
    found = [one for at in range(len(spec.sources)) for one in _unread(spec, at, shared)]
    found += _unread_jq(spec)
    if why := shared.projects.problem(obj):
        found.append((INVALID_SPEC, why))
    return found + _forbidden(spec, target, project)


def permitted(spec: Spec, target: Target, project: Project, obj: Object, namespaced: bool) -> str:
    """Why a project does not allow an object, "" when it does."""
    group = obj["apiVersion"].rpartition("/")[0]
    name = obj["metadata"].get("name", "")
    if not project.permits_kind(group, obj["kind"], name, namespaced=namespaced):
        return f"resource {group}:{obj['kind']} is not permitted in project {spec.project}"
    namespace = obj["metadata"].get("namespace", "") if namespaced else ""
    place = Place(target.server, target.name, namespace)
    if namespace and not project.permits_destination(place):
        return f"namespace {namespace} is not permitted in project '{spec.project}'"
    return ""


def _incomplete(raw: Mapping[str, Any], several: bool) -> list[Problem]:
    somewhere = raw.get("path") or raw.get("chart") or (several and raw.get("ref"))
    if raw.get("chart") and raw.get("repoURL") and not raw.get("targetRevision"):
        said = "spec.source.targetRevision is required if the manifest source is a helm chart"
        return [(INVALID_SPEC, said)]
    if raw.get("repoURL") and somewhere:
        return []
    if several:
        said = (
            "spec.source.repoURL and either source.path, source.chart, or source.ref are required "
            f"for source {raw.get('repoURL', '')}"
        )
    else:
        said = "spec.source.repoURL and either spec.source.path or spec.source.chart are required"
    return [(INVALID_SPEC, said)]


def _unread(spec: Spec, at: int, shared: Shared) -> list[Problem]:
    """Fields that can't be read, or that are not served here."""
    field = f"spec.sources[{at}]" if spec.several else "spec.source"
    try:
        read_source(spec.sources[at], field, shared.world.repo_of)
    except UnknownRepository:
        return []  # told when it is loaded, as a repository that does not answer
    except AppError as error:
        return [(INVALID_SPEC, error.message.rstrip("."))]
    return []


def _unread_jq(spec: Spec) -> list[Problem]:
    found = []
    for entry in spec.ignore_jq:
        for path in entry.paths:
            try:
                jq.check(path)
            except jq.JqError as error:
                said = f"spec.ignoreDifferences[].jqPathExpressions is not supported: {error}"
                found.append((INVALID_SPEC, said))
    return found


def _forbidden(spec: Spec, target: Target, project: Project) -> list[Problem]:
    found = []
    if not project.permits_namespace(spec.namespace):
        said = (
            f"application '{spec.name}' in namespace '{spec.namespace}' is not permitted to use "
            f"project '{spec.project}'"
        )
        return [(UNKNOWN_ERROR, said)]
    for raw in spec.sources:
        url = raw.get("repoURL", "")
        if url and not project.permits_source(url):
            said = f"application repo {url} is not permitted in project '{spec.project}'"
            found.append((INVALID_SPEC, said))
    place = Place(target.server, target.name, spec.target_namespace)
    if not project.permits_destination(place):
        named = target.name if spec.destination.get("name") else target.server
        said = (
            f"application destination server '{named}' and namespace "
            f"'{spec.target_namespace}' do not match any of the allowed destinations in project "
            f"'{spec.project}'"
        )
        found.append((INVALID_SPEC, said))
    return found
