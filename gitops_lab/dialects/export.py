"""A GitOpsApp as the resources of Argo CD or Flux that ask for the same. Pure.

What they can't say is named in notes, never left out in silence.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.ranges import is_range
from gitops_lab.engine.source_spec import HelmOptions, KustomizeOptions, Source
from gitops_lab.engine.sync_spec import Deletion
from gitops_lab.kube import Object

KUSTOMIZE, HELM, FOLDER = "kustomize", "helm", "folder"
_SHA = re.compile(r"[0-9a-f]{40}\Z")


@dataclass(frozen=True)
class Setting:
    """What is known of the workspace.

    `git_url` gives a repository's URL, `kind_of` how a source is rendered, `is_tag` whether a
    revision is a tag, `home` the name of the cluster with the engine in it.
    """

    git_url: Callable[[str], str]
    kind_of: Callable[[Source], str] = lambda source: FOLDER
    is_tag: Callable[[Source], bool] = lambda source: False
    home: str = "main"


@dataclass
class Exported:
    """The resources in the order in which to apply them, and what they do not say."""

    objects: list[Object] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def as_argocd(app: App, setting: Setting) -> Exported:
    """An Application."""
    made = Exported()
    sources = [_argo_source(one, setting, made) for one in (app.source, *app.source.others)]
    spec: Object = {
        "project": "default",
        **({"sources": sources} if len(sources) > 1 else {"source": sources[0]}),
        "destination": _argo_destination(app, setting),
        "syncPolicy": _argo_policy(app),
    }
    if app.options.ignore:
        spec["ignoreDifferences"] = [_argo_ignored(rule) for rule in app.options.ignore]
    finalizers = ["resources-finalizer.argocd.argoproj.io"] if app.removes else []
    metadata = {"name": app.name, "namespace": "argocd", "finalizers": finalizers}
    made.objects.append(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": _said(metadata),
            "spec": spec,
        }
    )
    made.notes += _not_in_argo(app)
    return made


def as_flux(app: App, setting: Setting) -> Exported:
    """A GitRepository, and a Kustomization or a HelmRelease."""
    made = Exported()
    made.objects.append(_flux_source(app, setting))
    if setting.kind_of(app.source) == HELM:
        made.objects.append(_flux_release(app))
    else:
        made.objects.append(_flux_kustomization(app, made))
    if app.source.others:
        made.notes.append("additionalSources: Flux has one source for a unit; use spec.include.")
    if app.source.verify:
        made.notes.append("source.verify: add spec.verify to the GitRepository, with its Secret.")
    if app.destination.cluster != setting.home:
        made.notes.append(
            f"destination.cluster {app.destination.cluster}: Flux reaches another cluster by "
            "spec.kubeConfig.secretRef, a Secret that has to be made."
        )
    if app.options.notifications:
        made.notes.append("notifications: make a Provider and an Alert.")
    if app.destination.create_namespace and setting.kind_of(app.source) != HELM:
        made.notes.append("destination.createNamespace: commit the Namespace to the repository.")
    if not app.sync_policy.automated:
        made.notes.append(
            "syncPolicy.automated is off: Flux has no manual sync, so it is suspended."
        )
    if app.options.ignore:
        made.notes.append("ignoreDifferences: see spec.ignore of Kustomizations (Flux 2.9).")
    if app.options.rollback:
        made.notes.append("rollback: Flux has none; revert the commit in Git.")
    return made


def _argo_source(source: Source, setting: Setting, made: Exported) -> Object:
    helm = source.helm and _argo_helm(source.helm)
    if source.chart:
        where = {"repoURL": source.chart.repository, "chart": source.chart.name}
        return _said({**where, "targetRevision": source.revision, "helm": helm})
    kind = setting.kind_of(source)
    if source.ignore:
        made.notes.append("source.ignore: Argo CD has directory.exclude, with one pattern.")
    directory = source.directory
    recurse = kind == FOLDER and source.rendered
    said = {
        "repoURL": setting.git_url(source.repo),
        "targetRevision": source.revision,
        "path": source.path if source.rendered else "",
        "ref": source.ref,
        "kustomize": source.kustomize and _argo_kustomize(source.kustomize),
        "helm": helm,
        "directory": recurse
        and _said(
            {
                "recurse": directory.recurse,
                "include": _pattern(directory.include),
                "exclude": _pattern(directory.exclude),
            }
        ),
    }
    return _said(said)


def _argo_kustomize(options: KustomizeOptions) -> Object:
    return _said(
        {
            "namePrefix": options.name_prefix,
            "nameSuffix": options.name_suffix,
            "namespace": options.namespace,
            "images": list(options.images),
            "commonLabels": dict(options.labels),
            "labelWithoutSelector": bool(options.labels),
            "commonAnnotations": dict(options.annotations),
            "patches": _patches(options),
            "components": list(options.components),
        }
    )


def _argo_helm(options: HelmOptions) -> Object:
    return _said(
        {
            "releaseName": options.release_name,
            "namespace": options.namespace,
            "valueFiles": list(options.value_files),
            "ignoreMissingValueFiles": options.ignore_missing_value_files,
            "valuesObject": json.loads(options.values or "{}"),
            "skipCrds": options.skip_crds,
            "skipSchemaValidation": options.skip_schema_validation,
            "kubeVersion": options.kube_version,
            "apiVersions": list(options.api_versions),
        }
    )


def _argo_destination(app: App, setting: Setting) -> Object:
    there = app.destination
    home = {"server": "https://kubernetes.default.svc"}
    where = home if there.cluster == setting.home else {"name": there.cluster}
    return {**where, "namespace": there.namespace}


def _argo_policy(app: App) -> Object:
    policy = app.sync_policy
    options = ["ServerSideApply=true"]
    if app.destination.create_namespace:
        options.insert(0, "CreateNamespace=true")
    if app.options.ignore:
        options.append("RespectIgnoreDifferences=true")
    automated = {"prune": policy.prune, "selfHeal": policy.self_heal}
    if app.suspend:
        automated["enabled"] = False
    return _said(
        {
            "automated": automated if policy.automated else None,
            "syncOptions": options,
            "retry": {"limit": -1, "refresh": True} if policy.automated else None,
        }
    )


def _argo_ignored(rule: Any) -> Object:
    return _said(
        {
            "group": rule.group or "*",
            "kind": rule.kind or "*",
            "name": rule.name,
            "namespace": rule.namespace,
            "jsonPointers": list(rule.pointers),
            "managedFieldsManagers": list(rule.managers),
        }
    )


def _not_in_argo(app: App) -> list[str]:
    options = app.options
    said = {
        "dependsOn": (options.depends_on, "order Applications by sync waves in an app of apps"),
        "healthChecks": (options.health_checks, "write them in Lua in argocd-cm"),
        "notifications": (options.notifications, "annotate for the notifications controller"),
        "postBuild": (app.post_build, "Argo CD fills no variables in; use Kustomize or Helm"),
        "decryption": (app.decryption, "Argo CD opens no encrypted files without a plugin"),
        "source.verify": (app.source.verify, "set signatureKeys in the AppProject"),
        "rollback": (options.rollback, "Argo CD refuses rollback while auto-sync is on"),
    }
    return [f"{name}: {how}." for name, (value, how) in said.items() if value]


def _flux_source(app: App, setting: Setting) -> Object:
    source = app.source
    where = {"name": app.name, "namespace": "flux-system"}
    if source.chart:
        return {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "HelmRepository",
            "metadata": where,
            "spec": {"interval": "1m0s", "url": source.chart.repository},
        }
    if is_range(source.revision):
        ref = {"semver": source.revision}
    elif _SHA.match(source.revision):
        ref = {"commit": source.revision}
    else:
        ref = {"tag" if setting.is_tag(source) else "branch": source.revision}
    spec = {"interval": "1m0s", "url": setting.git_url(source.repo), "ref": ref}
    if source.ignore:
        spec["ignore"] = "\n".join(source.ignore) + "\n"
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": where,
        "spec": spec,
    }


def _flux_kustomization(app: App, made: Exported) -> Object:
    options = app.source.kustomize or KustomizeOptions()
    made.notes.append(
        "destination.namespace: spec.targetNamespace goes over the namespace of every object, and "
        "not only of those that name none."
    )
    if options.labels or options.annotations:
        made.notes.append("kustomize.labels, annotations: spec.commonMetadata sets them on all.")
    policies = {Deletion.MIRROR_PRUNE: ""}
    spec = {
        "interval": "10m0s",
        "retryInterval": "1m0s",
        "timeout": f"{app.options.timeout}s",
        "path": f"./{app.source.path.removeprefix('./').removeprefix('.')}",
        "prune": app.sync_policy.prune,
        "wait": True,
        "sourceRef": {"kind": "GitRepository", "name": app.name},
        "targetNamespace": app.destination.namespace,
        "suspend": app.suspend or not app.sync_policy.automated,
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "images": [_flux_image(image) for image in options.images],
        "patches": _patches(options),
        "components": list(options.components),
        "commonMetadata": _said(
            {"labels": dict(options.labels), "annotations": dict(options.annotations)}
        ),
        "dependsOn": [{"name": one.name} for one in app.options.depends_on],
        "healthCheckExprs": [
            _said(
                {
                    "apiVersion": one.api_version,
                    "kind": one.kind,
                    "current": one.healthy,
                    "failed": one.failed,
                    "inProgress": one.progressing,
                }
            )
            for one in app.options.health_checks
        ],
        "postBuild": app.post_build and _flux_post_build(app),
        "decryption": app.decryption
        and {"provider": app.decryption.provider, "secretRef": {"name": app.decryption.secret}},
        "deletionPolicy": policies.get(app.options.deletion, str(app.options.deletion)),
    }
    kept = {**_said(spec), "prune": app.sync_policy.prune}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": app.name, "namespace": "flux-system"},
        "spec": kept,
    }


def _flux_release(app: App) -> Object:
    options = app.source.helm or HelmOptions()
    chart = {
        "chart": f"./{app.source.path.removeprefix('./')}",
        "reconcileStrategy": "Revision",
        "sourceRef": {"kind": "GitRepository", "name": app.name},
        "valuesFiles": list(options.value_files),
    }
    if source := app.source.chart:
        chart |= {"chart": source.name, "version": app.source.revision, "reconcileStrategy": ""}
        chart["sourceRef"] = {"kind": "HelmRepository", "name": app.name}
    spec = {
        "interval": "10m0s",
        "chart": {"spec": _said(chart)},
        "releaseName": options.release_name or app.name,
        "targetNamespace": options.namespace or app.destination.namespace,
        "install": {"createNamespace": app.destination.create_namespace},
        "driftDetection": {"mode": "enabled"} if app.sync_policy.self_heal else None,
        "suspend": app.suspend or not app.sync_policy.automated,
        "values": json.loads(options.values or "{}"),
    }
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": app.name, "namespace": "flux-system"},
        "spec": _said(spec),
    }


def _flux_post_build(app: App) -> Object:
    assert app.post_build is not None
    sources = [
        _said({"kind": one.kind, "name": one.name, "optional": one.optional})
        for one in app.post_build.sources
    ]
    return _said({"substitute": dict(app.post_build.values), "substituteFrom": sources})


def _flux_image(text: str) -> Object:
    name, _, new = text.rpartition("=")
    reference, _, digest = new.partition("@")
    head, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        head, tag = reference, ""
    return _said(
        {"name": name or head, "newName": head if name else "", "newTag": tag, "digest": digest}
    )


def _patches(options: KustomizeOptions) -> list[Object]:
    return [_said({"patch": one.patch, "target": dict(one.target)}) for one in options.patches]


def _pattern(patterns: tuple[str, ...]) -> str:
    return patterns[0] if len(patterns) == 1 else "{" + ",".join(patterns) + "}" if patterns else ""


def _said(mapping: dict[str, Any]) -> Object:
    return {key: value for key, value in mapping.items() if value not in (None, "", [], {}, False)}
