"""From the files of an artifact to the objects of a Kustomization: kustomize, decryption,
variables.
"""

import base64
import hashlib
import os
import posixpath
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.kustomize.failures import ARTIFACT, BUILD, Failed
from gitops_lab.dialects.flux.kustomize.generate import generate
from gitops_lab.dialects.flux.kustomize.sealed import not_opened
from gitops_lab.dialects.flux.kustomize.spec import Spec
from gitops_lab.dialects.flux.kustomize.variables import substitute
from gitops_lab.engine.desired import encoded
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.kustomize.survey import survey
from gitops_lab.engine.render.limited import Failed as RunFailed
from gitops_lab.engine.render.limited import Limited, TooLate, TooMuch
from gitops_lab.engine.render.sops import opened
from gitops_lab.engine.render.sops.crypt import identities_in
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import Decryption
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.kube.yamls import YamlError, dump, load_all

_SECONDS = 30.0
_OUTPUT_BYTES = 10 * 1024 * 1024
_REFUSED = ("RemoteBase", "UnsafePath", "HelmUnsupported")
"""What a build must not do here; anything else Kustomize says itself, in its own words."""


@dataclass(frozen=True)
class Built:
    """The objects, without marks of an owner, and a digest of the build's text."""

    objects: list[Object] = field(default_factory=list)
    digest: str = ""


def build(folder: Path, spec: Spec, client: Client, begun: Callable[[], None]) -> Built:
    """The objects of an artifact's files. Raises Failed; calls `begun` when the path is there."""
    place = _folder_of(folder, spec.path)
    begun()
    artifact = Artifact("", "", place, "", folder)
    with ExitStack() as stack:
        readable = _readable(stack, artifact, spec, client)
        run = stack.enter_context(Limited("flux", seconds=_SECONDS, output_bytes=_OUTPUT_BYTES))
        files = run.home / "files"
        shutil.copytree(readable.root, files, copy_function=_copy)
        at = files / readable.path.relative_to(readable.root)
        generate(at, spec.raw, files)
        _refuse_others(Artifact("", "", at, "", files))
        objects = _documents(_built(run, at), files)
    if post_build := spec.get("postBuild"):
        objects = substitute(objects, post_build, client, spec.namespace)
    text = "---\n".join(dump(obj) for obj in objects)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return Built([_normalised(obj) for obj in objects], digest)


def _folder_of(root: Path, path: str) -> Path:
    parts = [part for part in posixpath.normpath(f"/{path}").split("/") if part]
    found = root.joinpath(*parts)
    if not found.exists() or not found.resolve().is_relative_to(root.resolve()):
        told = f"stat {'/'.join(parts)}: no such file or directory"
        raise Failed(ARTIFACT, f"kustomization path not found: {told}")
    return found


def _readable(stack: ExitStack, artifact: Artifact, spec: Spec, client: Client) -> Artifact:
    """The artifact, its encrypted files opened if that is asked for."""
    decryption = spec.get("decryption")
    if not decryption:
        return artifact
    secret = (decryption.get("secretRef") or {}).get("name", "")
    keys = _keys(client, spec.namespace, secret) if secret else ()
    try:
        return stack.enter_context(opened(artifact, Decryption(secret), keys))
    except RenderError as error:
        raise not_opened(artifact.root, error) from error


def _keys(client: Client, namespace: str, secret: str) -> tuple[str, ...]:
    try:
        data: dict[str, str] = client.get("v1", "Secret", secret, namespace).get("data") or {}
    except ApiError as error:
        told = f"cannot get decryption Secret '{namespace}/{secret}': {error.message}"
        raise Failed(BUILD, told) from error
    files = [base64.b64decode(v).decode() for n, v in sorted(data.items()) if n.endswith(".agekey")]
    others = sorted(name for name in data if not name.endswith(".agekey"))
    if others:
        raise Failed(
            BUILD,
            f"the entry {others[0]} of the decryption Secret '{namespace}/{secret}' is not "
            "supported by GitOps Lab: only age keys are, in entries that end with .agekey",
        )
    return tuple(key for text in files for key in identities_in(text))


def _refuse_others(artifact: Artifact) -> None:
    try:
        survey(artifact)
    except RenderError as error:
        if error.reason in _REFUSED:
            told = f"kustomize build failed: {error.place}: {error.message} {error.hint}"
            raise Failed(BUILD, told) from error


def _built(run: Limited, folder: Path) -> bytes:
    try:
        program = str(kubectl())
        run.start([program, "kustomize", "--load-restrictor=LoadRestrictionsNone", str(folder)])
        return run.output()
    except (RunFailed, TooMuch, TooLate, OSError) as error:
        root = str(run.home / "files")
        said = str(error).strip().removeprefix("error: ").replace(f"{root}/", "")
        told = re.sub(r"\s+", " ", said.replace(root, "."))
        raise Failed(BUILD, f"kustomize build failed: {told}") from error
    except GitOpsLabError as error:
        raise Failed(BUILD, f"kustomize build failed: {error.paragraph()}") from error


def _documents(text: bytes, root: Path) -> list[Object]:
    try:
        found = [document.obj for document in load_all(text)]
    except YamlError as error:
        raise Failed(BUILD, f"kustomize build failed: {error.message}") from error
    objects = [item for obj in found for item in _items(obj)]
    for obj in objects:
        if not (obj.get("kind") and obj.get("apiVersion") and _name(obj)):
            told = f"failed to decode Kubernetes apiVersion, kind and name from: {dump(obj)}"
            raise Failed(BUILD, told)
    return objects


def _items(obj: Any) -> list[Object]:
    if not isinstance(obj, dict):
        raise Failed(BUILD, f"kustomize build failed: {obj!r} is no object")
    if str(obj.get("kind", "")).endswith("List") and isinstance(obj.get("items"), list):
        return [item for one in obj["items"] for item in _items(one)]
    return [obj]


def _name(obj: Object) -> str:
    metadata = obj.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _normalised(obj: Object) -> Object:
    """Without what only a server writes; text of Secrets as data, as it is kept.

    What can be read as a Secret is one afterwards, without SOPS' marks and all else.
    """
    rest = {key: value for key, value in obj.items() if key != "status"}
    if (obj["apiVersion"], obj["kind"]) != ("v1", "Secret") or not _is_base64(obj.get("data")):
        return rest
    return encoded({key: value for key, value in rest.items() if key != "sops"})


def _is_base64(data: Any) -> bool:
    """Whether all values are; nothing at all is."""
    try:
        for value in (data or {}).values():
            base64.b64decode(value, validate=True)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _copy(source: str, target: str) -> str:
    """The copy is written to: a generator puts a file beside those of the commit."""
    shutil.copyfile(source, target)
    os.chmod(target, 0o644)
    return target
