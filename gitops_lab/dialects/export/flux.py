"""A GitOpsApp as a source and a Kustomization or a HelmRelease of Flux. Pure."""

import json
import posixpath
import re

from gitops_lab.dialects.export.common import HELM, Exported, Setting, patches, said
from gitops_lab.engine.app import App
from gitops_lab.engine.ranges import is_range
from gitops_lab.engine.source_spec import HelmOptions, KustomizeOptions
from gitops_lab.engine.sync_spec import Deletion
from gitops_lab.kube import Object

_SHA = re.compile(r"[0-9a-f]{40}\Z")


def as_flux(app: App, setting: Setting) -> Exported:
    """A GitRepository, and a Kustomization or a HelmRelease."""
    made = Exported()
    made.objects.append(_flux_source(app, setting))
    if setting.kind_of(app.source) == HELM:
        made.objects.append(_flux_release(app, setting, made))
    else:
        made.objects.append(_flux_kustomization(app, setting, made))
    if app.destination.cluster != setting.home:
        made.notes.append(
            f"destination.cluster: spec.kubeConfig names the Secret {_kubeconfig(app)} in "
            "flux-system, which a workspace has; at work it has to be made."
        )
    made.lost += _not_in_flux(app)
    return made


def _not_in_flux(app: App) -> list[str]:
    options, policy = app.options, app.sync_policy
    manual = "Flux has no manual sync, so it is suspended"
    words = {
        "additionalSources": (app.source.others, "Flux has one source for a unit; spec.include"),
        "source.verify": (app.source.verify, "add spec.verify to the GitRepository, and a Secret"),
        "notifications": (options.notifications, "make a Provider and an Alert"),
        "syncPolicy.automated is off": (not policy.automated, manual),
        "ignoreDifferences": (options.ignore, "see spec.ignore of Kustomizations (Flux 2.9)"),
        "rollback": (options.rollback, "Flux has none; revert the commit in Git"),
    }
    return [f"{name}: {how}." for name, (value, how) in words.items() if value]


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


def _flux_kustomization(app: App, setting: Setting, made: Exported) -> Object:
    options = app.source.kustomize or KustomizeOptions()
    if app.destination.create_namespace:
        made.notes.append("destination.createNamespace: commit the Namespace to the repository.")
    if app.sync_policy.automated and not app.sync_policy.self_heal:
        made.lost.append("syncPolicy.selfHeal is off: a Kustomization heals at every interval.")
    made.notes.append(
        "destination.namespace: spec.targetNamespace goes over the namespace of every object, and "
        "not only of those that name none."
    )
    if options.labels or options.annotations:
        made.notes.append("kustomize.labels, annotations: spec.commonMetadata sets them on all.")
    policies = {Deletion.MIRROR_PRUNE: ""}
    spec = {
        "interval": _span(setting.interval),
        "retryInterval": _span(min(60, setting.interval)),
        "timeout": _span(setting.timeout or app.options.timeout),
        "kubeConfig": _elsewhere(app, setting),
        "path": f"./{app.source.path.removeprefix('./').removeprefix('.')}",
        "prune": app.sync_policy.prune,
        "wait": True,
        "sourceRef": {"kind": "GitRepository", "name": app.name},
        "targetNamespace": app.destination.namespace,
        "suspend": app.suspend or not app.sync_policy.automated,
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "images": [_flux_image(image) for image in options.images],
        "patches": patches(options),
        "components": list(options.components),
        "commonMetadata": said(
            {"labels": dict(options.labels), "annotations": dict(options.annotations)}
        ),
        "dependsOn": [{"name": one.name} for one in app.options.depends_on],
        "healthCheckExprs": [
            said(
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
    kept = {**said(spec), "prune": app.sync_policy.prune}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": app.name, "namespace": "flux-system"},
        "spec": kept,
    }


def _flux_release(app: App, setting: Setting, made: Exported) -> Object:
    options = app.source.helm or HelmOptions()
    away = _elsewhere(app, setting)
    namespace = options.namespace or app.destination.namespace
    if options.kube_version or options.api_versions:
        made.lost.append("helm.kubeVersion, apiVersions: Flux asks the cluster what it can do.")
    steps = {
        "crds": "Skip" if options.skip_crds else "",
        "disableSchemaValidation": options.skip_schema_validation,
        "disableWait": not setting.releases_wait,
    }
    spec = {
        "interval": _span(setting.interval),
        "timeout": _span(setting.timeout or app.options.timeout),
        "kubeConfig": away,
        "chart": {"spec": _flux_chart(app, options, made)},
        "releaseName": options.release_name or app.name,
        "targetNamespace": namespace,
        "storageNamespace": namespace if away else "",  # flux-system need not be there
        "install": said({"createNamespace": app.destination.create_namespace, **steps}),
        "upgrade": said(steps),
        "driftDetection": {"mode": "enabled"} if app.sync_policy.self_heal else None,
        "suspend": app.suspend or not app.sync_policy.automated,
        "values": json.loads(options.values or "{}"),
    }
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": app.name, "namespace": "flux-system"},
        "spec": said(spec),
    }


def _flux_chart(app: App, options: HelmOptions, made: Exported) -> Object:
    """Values files are looked for from the repository's top, and the chart's own is one of them."""
    source, name = app.source, app.name
    folder = source.path.removeprefix("./")
    if source.chart:
        chart = {
            "chart": source.chart.name,
            "version": source.revision,
            "sourceRef": {"kind": "HelmRepository", "name": name},
        }
    else:
        chart = {
            "chart": f"./{folder}",
            "reconcileStrategy": "Revision",
            "sourceRef": {"kind": "GitRepository", "name": name},
        }
    files = [posixpath.normpath(posixpath.join(folder, one)) for one in options.value_files]
    if files:
        own = posixpath.normpath(posixpath.join(folder, "values.yaml"))
        files = list(dict.fromkeys([own, *files]))
        made.notes.append(
            "valueFiles: Flux reads them in place of the chart's values.yaml, so it is named first."
        )
    ignore = options.ignore_missing_value_files
    return said({**chart, "valuesFiles": files, "ignoreMissingValuesFiles": ignore})


def _flux_post_build(app: App) -> Object:
    assert app.post_build is not None
    sources = [
        said({"kind": one.kind, "name": one.name, "optional": one.optional})
        for one in app.post_build.sources
    ]
    return said({"substitute": dict(app.post_build.values), "substituteFrom": sources})


def _flux_image(text: str) -> Object:
    name, _, new = text.rpartition("=")
    reference, _, digest = new.partition("@")
    head, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        head, tag = reference, ""
    return said(
        {"name": name or head, "newName": head if name else "", "newTag": tag, "digest": digest}
    )


def _kubeconfig(app: App) -> str:
    return f"{app.destination.cluster}-kubeconfig"


def _elsewhere(app: App, setting: Setting) -> Object | None:
    if app.destination.cluster == setting.home:
        return None
    return {"secretRef": {"name": _kubeconfig(app)}}


def _span(seconds: int) -> str:
    """As Go writes a duration: `10m0s`, `30s`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
