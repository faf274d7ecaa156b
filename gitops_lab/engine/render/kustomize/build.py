"""Running `kubectl kustomize` where it can do no harm.

What the App sets from outside is written as an overlay over its path.
"""

import os
import re
from pathlib import Path
from types import TracebackType
from typing import Any

from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.files import SUFFIXES, read_documents
from gitops_lab.engine.render.kustomize.survey import Survey
from gitops_lab.engine.render.limited import Failed, Limited, TooLate, TooMuch
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import KustomizeOptions, Patch
from gitops_lab.errors import GitOpsLabError, Place
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.kube.yamls import Document, dump, load_all

SECONDS = 30.0
OUTPUT_BYTES = 10 * 1024 * 1024
_MESSAGE = 800


class Build:
    """One run; it starts at once. A context manager, which leaves no process behind."""

    def __init__(
        self, artifact: Artifact, options: KustomizeOptions | None, survey: Survey
    ) -> None:
        self._artifact = artifact
        self._survey = survey
        self._run = Limited("kustomize", seconds=SECONDS, output_bytes=OUTPUT_BYTES)
        try:
            self._start(self._folder(options))
        except BaseException:
            self._run.close()
            raise

    def __enter__(self) -> "Build":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run.close()

    def documents(self) -> list[Document]:
        """What the build gives. Raises RenderError."""
        try:
            return load_all(self._run.output())
        except TooMuch as error:
            raise self._error(str(error), "TooLarge") from error
        except TooLate as error:
            raise self._error(str(error), "Timeout") from error
        except Failed as error:
            raise self._failed(str(error)) from error

    def _start(self, folder: Path) -> None:
        try:
            program = str(kubectl())
        except GitOpsLabError as error:
            raise RenderError(
                error.message, reason=error.reason, hint=error.hint, retry=True
            ) from error
        restrictor = "--load-restrictor=LoadRestrictionsRootOnly"
        self._run.start([program, "kustomize", restrictor, str(folder)])

    def _folder(self, options: KustomizeOptions | None) -> Path:
        """What the App sets from outside is an overlay of our own over its path."""
        path = self._artifact.path.resolve()
        if options is None or options == KustomizeOptions():
            return path
        overlay = self._run.home / "overlay"
        overlay.mkdir()
        base = os.path.relpath(path, overlay)
        components = [os.path.relpath(path / one, overlay) for one in options.components]
        content = {**_overlay(base, options), "components": components}
        content = {key: value for key, value in content.items() if value}
        (overlay / "kustomization.yaml").write_text(dump(content))
        return overlay

    def _failed(self, said: str) -> RenderError:
        """A file that is not YAML is named by ourselves: Kustomize does not tell the line."""
        for path, name in self._survey.others.items():
            if path.suffix in SUFFIXES:
                read_documents(path, name)
        text = said.strip().removeprefix("error: ")
        for root in {str(self._artifact.root), str(self._artifact.root.resolve())}:
            text = text.replace(f"{root}/", "").replace(root, ".")
        text = re.sub(r"\s+", " ", text)
        return self._error(text[:_MESSAGE] + ("…" if len(text) > _MESSAGE else ""))

    def _error(self, message: str, reason: str = "KustomizeFailed") -> RenderError:
        kustomizations = self._survey.kustomizations
        key, hint = _misread(message)
        lines = ((one.name, _line(one.text, key)) for one in kustomizations if key)
        name, line = next((found for found in lines if found[1]), (kustomizations[0].name, 0))
        folder = os.path.dirname(kustomizations[0].name) or "."
        return RenderError(
            f"kustomize: {message}",
            reason=reason,
            place=Place(file=name, line=line),
            hint=hint or f"See the same in your clone: `kubectl kustomize {folder}`.",
        )


_NOT_TEXT = re.compile(
    r"cannot unmarshal (?:number|bool) into Go struct field (\S+) of type string"
)
_UNKNOWN_FIELD = re.compile(r'invalid Kustomization: .*unknown field "([^"]+)"')


def _misread(message: str) -> tuple[str, str]:
    """Which key of a kustomization Kustomize could not take, and what to do; "" for other faults.

    It names no file and no line for these two, which everybody makes.
    """
    if found := _NOT_TEXT.search(message):
        key = found[1].rpartition(".")[2]
        return key, f"Put the value of {key} in quotes: as it is, YAML takes it for no text."
    if found := _UNKNOWN_FIELD.search(message):
        return found[1], (
            f"No field of a kustomization is called {found[1]}: correct its name, or indent it so "
            "that it stands where it belongs."
        )
    return "", ""


def _line(text: str, key: str) -> int:
    """The line of a key that a file has once; 0 otherwise."""
    wanted = re.compile(rf"[\s-]*{re.escape(key)}\s*:")
    found = [at for at, line in enumerate(text.splitlines(), 1) if wanted.match(line)]
    return found[0] if len(found) == 1 else 0


def _overlay(base: str, options: KustomizeOptions) -> dict[str, Any]:
    """What is set from outside, as a kustomization."""
    labels, annotations = dict(options.labels), dict(options.annotations)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [base],
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "namespace": options.namespace,
        "images": [_image(image) for image in options.images],
        "labels": [_labels(labels, options)] if labels else [],
        "replicas": [{"name": name, "count": count} for name, count in options.replicas],
        "commonAnnotations": annotations,
        "patches": [_patch(one) for one in options.patches],
    }


def _labels(labels: dict[str, str], options: KustomizeOptions) -> dict[str, Any]:
    selectors = {"includeSelectors": True} if options.label_selectors else {}
    templates = {"includeTemplates": True} if options.label_templates else {}
    return {"pairs": labels, **selectors, **templates}


def _patch(one: Patch) -> dict[str, Any]:
    target = {"target": dict(one.target)} if one.target else {}
    return {"patch": one.patch, **target}


def _image(text: str) -> dict[str, str]:
    """`web=registry/web:1.1`, `web:1.1`, `web@sha256:…`, as `kustomize edit set image` takes."""
    name, _, new = text.rpartition("=")
    reference, at, digest = new.partition("@")
    head, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        head, tag = reference, ""
    image = {"name": name or head}
    if name:
        image["newName"] = head
    if tag:
        image["newTag"] = tag
    if at:
        image["digest"] = digest
    return image
