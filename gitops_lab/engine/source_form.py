"""Reading and writing the part of a GitOpsApp that says where objects come from.

`spec.source`, `spec.additionalSources`, `spec.postBuild` and `spec.decryption`.
"""

import json
import re
from dataclasses import replace
from typing import Any

from gitops_lab.engine.fields import Fields
from gitops_lab.engine.nearby import is_on_this_machine
from gitops_lab.engine.source_spec import (
    Chart,
    Decryption,
    DirectoryOptions,
    HelmOptions,
    KustomizeOptions,
    Patch,
    PostBuild,
    Source,
    ValueSource,
    Verify,
)

_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_CHART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_REF = re.compile(r"[A-Za-z0-9_-]+\Z")
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?\Z")
_TARGET = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")


def read_source(spec: Fields, others: list[Fields]) -> Source:
    """`spec.source` with `spec.additionalSources`. Raises AppError naming the field."""
    first = _source(spec)
    rest = []
    for entry in others:
        one = _source(entry)
        if one.verify is not None:
            entry.fail("verify", "is for spec.source alone")
        rest.append(replace(one, rendered=entry.has("path") or not one.ref))
    refs = [one.ref for one in rest if one.ref]
    for entry, one in zip(others, rest, strict=True):
        if refs.count(one.ref) > 1:
            entry.fail("ref", f"{one.ref!r} stands twice")
    for index, name in enumerate(first.helm.value_files if first.helm else ()):
        ref = name[1:].partition("/")[0]
        if name.startswith("$") and ref not in refs:
            spec.fail(f"helm.valueFiles[{index}]", f"{name!r} names a ref that no source has")
    return replace(first, others=tuple(rest))


def _source(spec: Fields) -> Source:
    if spec.has("chart"):
        return _chart_source(spec)
    repo = spec.string("repo", required=True)
    if not _REPO.match(repo):
        spec.fail("repo", f"{repo!r} is not the name of a repository")
    path = spec.string("path", ".")
    if path.startswith("/") or ".." in path.split("/"):
        spec.fail("path", f"{path!r} leaves the repository")
    revision = spec.string("revision", "main")
    if not revision or revision.startswith("-") or "\n" in revision:
        spec.fail("revision", f"{revision!r} is not a branch, a tag, a commit or a range")
    ref = spec.string("ref", "")
    if ref and not _REF.match(ref):
        spec.fail("ref", f"{ref!r} is not a name: letters, digits, dashes")
    kustomize = spec.child("kustomize") if spec.has("kustomize") else None
    helm = spec.child("helm") if spec.has("helm") else None
    if kustomize and helm:
        spec.fail("helm", "can't be set together with kustomize")
    verify = spec.child("verify") if spec.has("verify") else None
    source = Source(
        repo=repo,
        revision=revision,
        path=path,
        kustomize=_kustomize(kustomize) if kustomize else None,
        directory=_directory(spec.child("directory")),
        helm=_helm(helm) if helm else None,
        ignore=spec.strings("ignore"),
        verify=_verify(verify) if verify else None,
        ref=ref,
        submodules=spec.boolean("submodules", False),
    )
    spec.refuse_unknown()
    return source


def _chart_source(spec: Fields) -> Source:
    """A chart has no files but its own: of all the other fields only those of Helm make sense."""
    chart = spec.child("chart")
    repository = chart.string("repository", required=True)
    if not is_on_this_machine(repository):
        chart.fail("repository", f"{repository!r} is not http:// on this machine")
    version = chart.string("version", "*")
    source = Source(
        repo="",
        revision=version,
        helm=_helm(spec.child("helm")),
        chart=Chart(repository.rstrip("/"), chart.string("name", required=True)),
    )
    if not _CHART.match(source.chart.name if source.chart else ""):
        chart.fail("name", "is not the name of a chart: letters, digits, dashes")
    chart.refuse_unknown()
    spec.refuse_unknown()
    return source


def _kustomize(spec: Fields) -> KustomizeOptions:
    options = KustomizeOptions(
        name_prefix=spec.string("namePrefix", ""),
        name_suffix=spec.string("nameSuffix", ""),
        namespace=spec.string("namespace", ""),
        images=spec.strings("images"),
        labels=spec.string_map("labels"),
        annotations=spec.string_map("annotations"),
        patches=tuple(read_patch(patch) for patch in spec.children("patches")),
        components=spec.strings("components"),
    )
    for index, component in enumerate(options.components):
        if component.startswith("/") or "://" in component:
            spec.fail(f"components[{index}]", f"{component!r} is not a folder of the repository")
    spec.refuse_unknown()
    return options


def read_patch(spec: Fields) -> Patch:
    """A Kustomize patch as text, and what it is for. Raises AppError."""
    text = spec.string("patch", required=True)
    target = spec.child("target")
    names = {key: target.string(key) for key in _TARGET if target.has(key)}
    target.refuse_unknown()
    spec.refuse_unknown()
    return Patch(text, names)


def _helm(spec: Fields) -> HelmOptions:
    values = spec.mapping("values")
    options = HelmOptions(
        release_name=spec.string("releaseName", ""),
        namespace=spec.string("namespace", ""),
        value_files=spec.strings("valueFiles"),
        ignore_missing_value_files=spec.boolean("ignoreMissingValueFiles", False),
        values=json.dumps(values, sort_keys=True) if values else "",
        skip_crds=spec.boolean("skipCrds", False),
        skip_schema_validation=spec.boolean("skipSchemaValidation", False),
        kube_version=spec.string("kubeVersion", ""),
        api_versions=spec.strings("apiVersions"),
    )
    if options.release_name and not _RELEASE.match(options.release_name):
        spec.fail("releaseName", f"{options.release_name!r} is not a name of at most 53 characters")
    for index, name in enumerate(options.value_files):
        plain = name[1:].partition("/")[2] if name.startswith("$") else name
        if "://" in name or plain.startswith("/"):
            spec.fail(f"valueFiles[{index}]", f"{name!r} is not a file of a repository")
    spec.refuse_unknown()
    return options


def _verify(spec: Fields) -> Verify:
    verify = Verify(_object_name(spec, "secret"), spec.string("mode", "ssh"))
    if verify.mode not in ("ssh", "gpg"):
        spec.fail("mode", f"must be ssh or gpg, not {verify.mode!r}")
    spec.refuse_unknown()
    return verify


def _directory(spec: Fields) -> DirectoryOptions:
    options = DirectoryOptions(
        recurse=spec.boolean("recurse", True),
        include=spec.strings("include"),
        exclude=spec.strings("exclude"),
    )
    spec.refuse_unknown()
    return options


def read_post_build(spec: Fields) -> PostBuild:
    """`spec.postBuild`. Raises AppError."""
    values = spec.string_map("substitute")
    for name in values:
        if not _VARIABLE.match(name):
            spec.fail(f"substitute.{name}", "is not the name of a variable: letters, digits, _")
    sources = []
    for entry in spec.children("substituteFrom"):
        one = ValueSource(
            entry.string("kind", required=True),
            _object_name(entry, "name"),
            entry.boolean("optional", False),
        )
        if one.kind not in ("ConfigMap", "Secret"):
            entry.fail("kind", f"must be ConfigMap or Secret, not {one.kind!r}")
        entry.refuse_unknown()
        sources.append(one)
    post_build = PostBuild(values, tuple(sources), spec.boolean("strict", True))
    spec.refuse_unknown()
    return post_build


def read_decryption(spec: Fields) -> Decryption:
    """`spec.decryption`. Raises AppError."""
    decryption = Decryption(_object_name(spec, "secret"), spec.string("provider", "sops"))
    if decryption.provider != "sops":
        spec.fail("provider", f"must be sops, not {decryption.provider!r}")
    spec.refuse_unknown()
    return decryption


def _object_name(spec: Fields, key: str) -> str:
    name = spec.string(key, required=True)
    if not _OBJECT_NAME.match(name):
        spec.fail(key, f"{name!r} is not the name of an object")
    return name


def source_object(source: Source) -> dict[str, Any]:
    """`spec.source` that says the same; fields at their defaults are left out."""
    if source.chart:
        chart = {**vars(source.chart), "version": source.revision}
        return without_empty({"chart": chart, "helm": source.helm and _helm_object(source.helm)})
    directory = source.directory
    path = source.path if source.rendered else ""
    return without_empty(
        {
            "repo": source.repo,
            "revision": source.revision,
            "path": path,
            "ref": source.ref,
            "submodules": source.submodules,
            "ignore": list(source.ignore),
            "verify": source.verify and vars(source.verify),
            "kustomize": source.kustomize and _kustomize_object(source.kustomize),
            "helm": source.helm and _helm_object(source.helm),
            "directory": directory != DirectoryOptions()
            and {
                "recurse": directory.recurse,
                "include": list(directory.include),
                "exclude": list(directory.exclude),
            },
        }
    )


def _kustomize_object(options: KustomizeOptions) -> dict[str, Any]:
    return without_empty(
        {
            "namePrefix": options.name_prefix,
            "nameSuffix": options.name_suffix,
            "namespace": options.namespace,
            "images": list(options.images),
            "labels": dict(options.labels),
            "annotations": dict(options.annotations),
            "patches": [
                without_empty({"patch": one.patch, "target": dict(one.target)})
                for one in options.patches
            ],
            "components": list(options.components),
        }
    )


def _helm_object(options: HelmOptions) -> dict[str, Any]:
    return without_empty(
        {
            "releaseName": options.release_name,
            "namespace": options.namespace,
            "valueFiles": list(options.value_files),
            "ignoreMissingValueFiles": options.ignore_missing_value_files,
            "values": json.loads(options.values or "{}"),
            "skipCrds": options.skip_crds,
            "skipSchemaValidation": options.skip_schema_validation,
            "kubeVersion": options.kube_version,
            "apiVersions": list(options.api_versions),
        }
    )


def post_build_object(post_build: PostBuild) -> dict[str, Any]:
    """`spec.postBuild` that says the same."""
    said = without_empty(
        {
            "substitute": dict(post_build.values),
            "substituteFrom": [
                without_empty({"kind": one.kind, "name": one.name, "optional": one.optional})
                for one in post_build.sources
            ],
        }
    )
    return said if post_build.strict else {**said, "strict": False}


def without_empty(mapping: dict[str, Any]) -> dict[str, Any]:
    """A mapping without the entries that say nothing."""
    return {key: value for key, value in mapping.items() if value not in (None, "", [], {}, False)}
