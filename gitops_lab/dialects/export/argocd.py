"""A GitOpsApp as an Application of Argo CD. Pure."""

import json
from typing import Any

from gitops_lab.dialects.export.common import FOLDER, Exported, Setting, patches, said
from gitops_lab.engine.app import App
from gitops_lab.engine.source_spec import HelmOptions, KustomizeOptions, Source
from gitops_lab.kube import Object


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
            "metadata": said(metadata),
            "spec": spec,
        }
    )
    made.lost += _not_in_argo(app)
    return made


def _argo_source(source: Source, setting: Setting, made: Exported) -> Object:
    helm = source.helm and _argo_helm(source.helm)
    if source.chart:
        where = {"repoURL": source.chart.repository, "chart": source.chart.name}
        return said({**where, "targetRevision": source.revision, "helm": helm})
    kind = setting.kind_of(source)
    if source.ignore:
        made.notes.append("source.ignore: Argo CD has directory.exclude, with one pattern.")
    directory = source.directory
    recurse = kind == FOLDER and source.rendered
    asked = {
        "repoURL": setting.git_url(source.repo),
        "targetRevision": source.revision,
        "path": source.path if source.rendered else "",
        "ref": source.ref,
        "kustomize": source.kustomize and _argo_kustomize(source.kustomize),
        "helm": helm,
        "directory": recurse
        and said(
            {
                "recurse": directory.recurse,
                "include": _pattern(directory.include),
                "exclude": _pattern(directory.exclude),
            }
        ),
    }
    return said(asked)


def _argo_kustomize(options: KustomizeOptions) -> Object:
    return said(
        {
            "namePrefix": options.name_prefix,
            "nameSuffix": options.name_suffix,
            "namespace": options.namespace,
            "images": list(options.images),
            "commonLabels": dict(options.labels),
            "labelWithoutSelector": bool(options.labels),
            "commonAnnotations": dict(options.annotations),
            "patches": patches(options),
            "components": list(options.components),
        }
    )


def _argo_helm(options: HelmOptions) -> Object:
    return said(
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
    return said(
        {
            "automated": automated if policy.automated else None,
            "syncOptions": options,
            "retry": {"limit": -1, "refresh": True} if policy.automated else None,
        }
    )


def _argo_ignored(rule: Any) -> Object:
    return said(
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
    words = {
        "dependsOn": (options.depends_on, "order Applications by sync waves in an app of apps"),
        "healthChecks": (options.health_checks, "write them in Lua in argocd-cm"),
        "notifications": (options.notifications, "annotate for the notifications controller"),
        "postBuild": (app.post_build, "Argo CD fills no variables in; use Kustomize or Helm"),
        "decryption": (app.decryption, "Argo CD opens no encrypted files without a plugin"),
        "source.verify": (app.source.verify, "set signatureKeys in the AppProject"),
        "rollback": (options.rollback, "Argo CD refuses rollback while auto-sync is on"),
    }
    return [f"{name}: {how}." for name, (value, how) in words.items() if value]


def _pattern(patterns: tuple[str, ...]) -> str:
    return patterns[0] if len(patterns) == 1 else "{" + ",".join(patterns) + "}" if patterns else ""
