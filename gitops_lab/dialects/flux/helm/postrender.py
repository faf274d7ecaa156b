"""What helm runs on the objects of a release before it applies them; a program of its own.

Standard input to standard output. The argument is a file that says what is to be done, in JSON:
`kustomize` a list of patches and images, `common` labels and annotations for all objects, `labels`
those that name the HelmRelease, which go last.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitops_lab.kube.yamls import dump_all, load_all

_SECONDS = 60.0
_OUTPUT_BYTES = 10 * 1024 * 1024


def post_rendered(text: str, work: Mapping[str, Any]) -> str:
    """The objects after all renderers, in their order."""
    for one in work.get("kustomize") or []:
        text = _kustomized(text, one)
    objects = [document.obj for document in load_all(text) if document.obj is not None]
    common = work.get("common") or {}
    for obj in objects:
        if isinstance(obj, dict):
            _add(obj, "labels", common.get("labels"))
            _add(obj, "annotations", common.get("annotations"))
            _add(obj, "labels", work.get("labels"))
    return dump_all(objects)


def _add(obj: dict[str, Any], where: str, more: Mapping[str, str] | None) -> None:
    if not more:
        return
    metadata = obj.setdefault("metadata", {})
    metadata[where] = {**(metadata.get(where) or {}), **more}


def _kustomized(text: str, one: Mapping[str, Any]) -> str:
    from gitops_lab.engine.render.limited import Limited  # late: few releases need them
    from gitops_lab.kube.kubectl import kubectl

    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["helm-output.yaml"],
        "patches": one.get("patches") or [],
        "images": one.get("images") or [],
    }
    with tempfile.TemporaryDirectory(prefix="gitops-lab-helm-") as folder:
        Path(folder, "helm-output.yaml").write_text(text)
        Path(folder, "kustomization.yaml").write_text(json.dumps(kustomization))
        with Limited("kustomize", seconds=_SECONDS, output_bytes=_OUTPUT_BYTES) as run:
            run.start([str(kubectl()), "kustomize", folder])
            return run.output().decode()


def main() -> None:
    """Run as a program; what goes wrong is told on standard error."""
    work = json.loads(Path(sys.argv[1]).read_text())
    try:
        sys.stdout.write(post_rendered(sys.stdin.read(), work))
    except Exception as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
