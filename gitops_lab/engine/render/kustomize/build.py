"""Running `kubectl kustomize` where it can do no harm.

It gets a home of its own, no configuration, no path to other programs, a proxy that leads
nowhere, and limits on time, output and memory.
"""

import os
import re
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gitops_lab.engine.app import KustomizeOptions
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.files import SUFFIXES, read_documents
from gitops_lab.engine.render.kustomize.survey import Survey
from gitops_lab.engine.source import Artifact
from gitops_lab.errors import GitOpsLabError, Place
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.kube.yamls import Document, dump, load_all

SECONDS = 30.0
OUTPUT_BYTES = 10 * 1024 * 1024
_MESSAGE = 800
_NOWHERE = "http://127.0.0.1:9"


class Build:
    """One run; it starts at once. A context manager, which leaves no process behind."""

    def __init__(
        self, artifact: Artifact, options: KustomizeOptions | None, survey: Survey
    ) -> None:
        self._artifact = artifact
        self._survey = survey
        self._home = tempfile.TemporaryDirectory(prefix="gitops-lab-kustomize-")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _clean
        self._late = False
        try:
            self._process = self._start(self._folder(options))
        except BaseException:
            self._clean()
            raise
        self._timer = threading.Timer(SECONDS, self._time_is_up)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> "Build":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()
        self._clean()

    def documents(self) -> list[Document]:
        """What the build gives. Raises RenderError."""
        assert self._process.stdout is not None
        output = self._process.stdout.read(OUTPUT_BYTES + 1)
        if len(output) > OUTPUT_BYTES:
            raise self._error(f"it gives more than {OUTPUT_BYTES:,} bytes.", "TooLarge")
        code = self._process.wait()
        if self._late:
            raise self._error(f"it did not end within {SECONDS:.0f} s.", "Timeout")
        if code != 0:
            self._errors.seek(0)
            raise self._failed(self._errors.read().decode(errors="replace"))
        return load_all(output)

    def _start(self, folder: Path) -> "subprocess.Popen[bytes]":
        try:
            program = str(kubectl())
        except GitOpsLabError as error:
            raise RenderError(
                error.message, reason=error.reason, hint=error.hint, retry=True
            ) from error
        return subprocess.Popen(
            [program, "kustomize", "--load-restrictor=LoadRestrictionsRootOnly", str(folder)],
            cwd=self._home.name,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": self._home.name,
            "TMPDIR": self._home.name,
            "KUBECONFIG": os.devnull,
            "PATH": "",
            "GOMAXPROCS": "2",
            "GOMEMLIMIT": "512MiB",
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
        }

    def _folder(self, options: KustomizeOptions | None) -> Path:
        """What the App sets from outside is an overlay of our own over its path."""
        path = self._artifact.path.resolve()
        if options is None or options == KustomizeOptions():
            return path
        overlay = Path(self._home.name, "overlay").resolve()
        overlay.mkdir()
        base = os.path.relpath(path, overlay)
        (overlay / "kustomization.yaml").write_text(dump(_overlay(base, options)))
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
        return RenderError(
            f"kustomize: {message}",
            reason=reason,
            place=Place(file=self._survey.kustomizations[0].name),
            hint="Run `kubectl kustomize` on the folder in your clone to see the same.",
        )

    def _time_is_up(self) -> None:
        self._late = True
        self._process.kill()

    def _clean(self) -> None:
        self._errors.close()
        self._home.cleanup()


def _overlay(base: str, options: KustomizeOptions) -> dict[str, Any]:
    content: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [base],
        "namePrefix": options.name_prefix,
        "nameSuffix": options.name_suffix,
        "namespace": options.namespace,
        "images": [_image(image) for image in options.images],
        "labels": [{"pairs": dict(options.labels)}] if options.labels else [],
    }
    return {key: value for key, value in content.items() if value}


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
