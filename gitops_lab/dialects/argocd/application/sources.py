"""From the sources of an Application to those of the engine. A field not served is named."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitops_lab.dialects.argocd.application.values import helm_values
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.fields import Fields
from gitops_lab.engine.nearby import is_on_this_machine
from gitops_lab.engine.source_form import read_patch
from gitops_lab.engine.source_spec import (
    Chart,
    DirectoryOptions,
    HelmOptions,
    KustomizeOptions,
    Patch,
    Source,
)
from gitops_lab.errors import Place

RepoOf = Callable[[str], str | None]
_BRACES = re.compile(r"\{([^{}]*)\}")
_SKIP = "+argocd:skip-file-rendering"
"""A file with this text is no manifest."""
_NOT_SERVED = {
    "plugin": "config management plugins are not served",
    "tagPrefix": "tags with a prefix are not served",
}


class NotServed(AppError):
    """A field that Argo CD has and this dialect has not."""


class UnknownRepository(AppError):
    """A URL that is none of the workspace's repositories."""


def read_source(raw: Mapping[str, Any], field: str, repo_of: RepoOf) -> Source:
    """One of an Application's sources. Raises AppError, NotServed, UnknownRepository."""
    spec = Fields(raw, field, "Application")
    for key, why in _NOT_SERVED.items():
        if spec.has(key) and raw.get(key):
            raise not_served(f"{field}.{key}", why)
    url = spec.string("repoURL", required=True)
    if url.startswith("oci://"):
        raise not_served(f"{field}.repoURL", "OCI artifacts are not served")
    spec.string("name", "")
    if raw.get("chart"):
        return _chart(spec, url, field)
    spec.string("chart", "")
    ref = spec.string("ref", "")
    path = spec.string("path", "")
    if path.startswith("/") or ".." in path.split("/"):
        spec.fail("path", f"{path!r} leaves the repository")
    source = Source(
        repo=_repository(url, field, repo_of),
        revision=spec.string("targetRevision", "") or "HEAD",
        path=path or ".",
        kustomize=_kustomize(spec.child("kustomize")) if spec.has("kustomize") else None,
        directory=_directory(spec.child("directory")),
        helm=_helm(spec.child("helm")) if spec.has("helm") else None,
        ref=ref,
        rendered=bool(path) or not ref,
    )
    spec.refuse_unknown()
    return source


def _chart(spec: Fields, url: str, field: str) -> Source:
    """A chart of a Helm repository: of the fields of other sources none has a meaning."""
    if not is_on_this_machine(url):
        raise not_served(
            f"{field}.repoURL {url}",
            "charts come over http:// from this machine alone (`helm repo index FOLDER`, and "
            "`python3 -m http.server` in that folder)",
        )
    name, ref = spec.string("chart", required=True), spec.string("ref", "")
    spec.string("path", "")
    source = Source(
        repo="",
        revision=spec.string("targetRevision", "") or "*",
        helm=_helm(spec.child("helm")),
        chart=Chart(url.rstrip("/"), name),
        ref=ref,
    )
    for key in ("directory", "kustomize"):
        if spec.mapping(key):
            spec.fail(key, "has no meaning for a chart")
    spec.refuse_unknown()
    return source


def source_type(source: Source, has_chart: bool, has_kustomization: bool) -> str:
    """What Argo CD calls the way in which a source is rendered."""
    if source.helm is not None or has_chart:
        return "Helm"
    if source.kustomize is not None or has_kustomization:
        return "Kustomize"
    return "Directory"


def not_served(field: str, why: str) -> NotServed:
    """The error for a field that is not served here."""
    return NotServed(
        f"{field} is not supported by GitOps Lab: {why}.",
        reason="NotServed",
        hint="The site's page of Argo CD's fields says what is served.",
        place=Place(object="Application", field=field),
    )


def _repository(url: str, field: str, repo_of: RepoOf) -> str:
    repo = repo_of(url)
    if repo is None:
        raise UnknownRepository(
            f"{field}.repoURL {url} is not a repository of this workspace",
            reason="RepositoryNotFound",
            hint="`gitops-lab status` shows the URLs that there are.",
            place=Place(object="Application", field=f"{field}.repoURL"),
        )
    return repo


def _directory(spec: Fields) -> DirectoryOptions:
    jsonnet = spec.mapping("jsonnet")
    if any(jsonnet.values()):
        raise not_served("spec.source.directory.jsonnet", "Jsonnet is not rendered")
    if spec.boolean("disableExtensionFilter", False):
        raise not_served(
            "spec.source.directory.disableExtensionFilter", "only YAML and JSON files are read"
        )
    options = DirectoryOptions(
        recurse=spec.boolean("recurse", False),
        include=_patterns(spec.string("include", "")),
        exclude=_patterns(spec.string("exclude", "")),
        lenient=True,
        skip_mark=_SKIP,
    )
    spec.refuse_unknown()
    return options


def _patterns(text: str) -> tuple[str, ...]:
    """`{a,b}.yaml` is several patterns."""
    if not text:
        return ()
    found = _BRACES.search(text)
    if found is None:
        return (text,)
    before, after = text[: found.start()], text[found.end() :]
    parts = [before + part.strip() + after for part in found[1].split(",")]
    return tuple(pattern for part in parts for pattern in _patterns(part))


def _kustomize(spec: Fields) -> KustomizeOptions:
    for key in ("version", "kubeVersion", "apiVersions"):
        if spec.has(key):
            raise not_served(f"spec.source.kustomize.{key}", "one version of Kustomize is there")
    for key in ("commonAnnotationsEnvsubst", "ignoreMissingComponents"):
        spec.boolean(key, False)  # these two have had their effect when a source is rendered
    labels = spec.string_map("commonLabels")
    without = spec.boolean("labelWithoutSelector", False)
    templates = spec.boolean("labelIncludeTemplates", False)
    spec.boolean("forceCommonLabels", False)
    spec.boolean("forceCommonAnnotations", False)
    options = KustomizeOptions(
        name_prefix=spec.string("namePrefix", ""),
        name_suffix=spec.string("nameSuffix", ""),
        namespace=spec.string("namespace", ""),
        images=spec.strings("images"),
        labels=labels,
        annotations=spec.string_map("commonAnnotations"),
        patches=tuple(_patch(one) for one in spec.children("patches")),
        components=spec.strings("components"),
        replicas=tuple(_replicas(one) for one in spec.children("replicas")),
        label_selectors=not without,
        label_templates=templates,
    )
    spec.refuse_unknown()
    return options


def _replicas(spec: Fields) -> tuple[str, int]:
    name, count = spec.string("name", required=True), spec.mapping_or_scalar("count")
    spec.refuse_unknown()
    if not str(count).isdecimal():
        spec.fail("count", f"must be a whole number, not {count!r}")
    return name, int(str(count))


def _patch(spec: Fields) -> Patch:
    """A patch; of one in a file the text is there when the source is rendered."""
    spec.mapping("options")
    if not spec.has("path"):
        return read_patch(spec)
    spec.string("path")
    target = spec.mapping("target")
    spec.refuse_unknown()
    return Patch("", {key: str(value) for key, value in target.items()})


def _helm(spec: Fields) -> HelmOptions:
    for parameter in spec.children("fileParameters"):  # parameters when a source is rendered
        parameter.string("name", required=True)
        parameter.string("path", required=True)
        parameter.refuse_unknown()
    spec.boolean("passCredentials", False)
    if spec.string("version", "v3") != "v3":
        spec.fail("version", "is v3 or left out")
    spec.boolean("skipTests", False)
    options = HelmOptions(
        release_name=spec.string("releaseName", ""),
        namespace=spec.string("namespace", ""),
        value_files=spec.strings("valueFiles"),
        ignore_missing_value_files=spec.boolean("ignoreMissingValueFiles", False),
        values=helm_values(spec),
        skip_crds=spec.boolean("skipCrds", False),
        skip_schema_validation=spec.boolean("skipSchemaValidation", False),
        kube_version=spec.string("kubeVersion", ""),
        api_versions=spec.strings("apiVersions"),
    )
    spec.refuse_unknown()
    return options
