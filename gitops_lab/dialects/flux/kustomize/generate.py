"""The kustomization file that a Kustomization makes of a folder, as Flux's generator does.

What the resource sets goes into the folder's own kustomization file; a folder without one gets one
that lists every manifest below it.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.kustomize.failures import BUILD, Failed
from gitops_lab.dialects.goyaml import as_go_says
from gitops_lab.engine.footprint import KUSTOMIZATION_FILES
from gitops_lab.engine.render.objects import looks_like_object
from gitops_lab.kube.yamls import YamlError, dump, load, load_all

_PLACEHOLDER = "_placeholder"
_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def generate(folder: Path, spec: Mapping[str, Any], root: Path) -> None:
    """Write the kustomization file of the folder. Raises Failed with BuildFailed.

    `root` is the top of the source, to which the names in messages are relative.
    """
    file = next((folder / n for n in KUSTOMIZATION_FILES if (folder / n).is_file()), None)
    content = {**_HEAD, **_read(file)} if file else _listing(folder, root)
    if file and not content.get("resources"):
        content["buildMetadata"] = ["originAnnotations"]  # else it counts as empty
    for name, key in (
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
        ("buildMetadata", "buildMetadata"),
    ):
        if spec.get(name):
            content[key] = spec[name]
    _extend(content, "patches", [_patch(one) for one in spec.get("patches") or []])
    _extend(content, "components", list(_components(folder, spec)))
    if images := _images(content.get("images") or [], spec.get("images") or []):
        content["images"] = images
    target = file or folder / "kustomization.yaml"
    target.unlink(missing_ok=True)
    target.write_text(dump(content))


def _read(file: Path) -> dict[str, Any]:
    try:
        content = load(file.read_text("utf-8-sig"), file=file.name)
    except (YamlError, UnicodeDecodeError) as error:
        raise Failed(BUILD, as_go_says(error)) from error
    if not isinstance(content, dict):
        raise Failed(BUILD, f"error decoding {file.name}: it is no mapping")
    return content


def _listing(folder: Path, root: Path) -> dict[str, Any]:
    found = sorted(_manifests(folder, root))
    listed = {"resources": [f"./{one}" for one in found]} if found else {"namespace": _PLACEHOLDER}
    return {**_HEAD, **listed}


def _manifests(folder: Path, root: Path) -> Iterator[str]:
    """Files that hold objects, and folders that have a kustomization file of their own."""
    for current, folders, names in os.walk(folder):
        here = Path(current)
        for name in list(folders):
            if any((here / name / one).is_file() for one in KUSTOMIZATION_FILES):
                folders.remove(name)
                yield (here / name).relative_to(folder).as_posix()
        for name in names:
            if name.endswith((".yaml", ".yml")):
                _refuse_others(here / name, (here / name).relative_to(root).as_posix())
                yield (here / name).relative_to(folder).as_posix()


def _refuse_others(path: Path, name: str) -> None:
    """Whatever is called YAML has to hold objects: it would be applied."""
    told = f"failed to decode Kubernetes YAML from {name}: "
    try:
        documents = load_all(path.read_text("utf-8-sig"), file=name)
    except (YamlError, UnicodeDecodeError) as error:
        raise Failed(BUILD, f"{told}MalformedYAMLError: {as_go_says(error)}") from error
    for document in documents:
        if not looks_like_object(document.obj):
            raise Failed(BUILD, f"{told}missing Resource metadata")


def _extend(content: dict[str, Any], name: str, more: list[Any]) -> None:
    if more:
        content[name] = [*(content.get(name) or []), *more]


def _patch(one: Mapping[str, Any]) -> dict[str, Any]:
    target = one.get("target")
    return {"patch": one["patch"], **({"target": dict(target)} if target else {})}


def _components(folder: Path, spec: Mapping[str, Any]) -> Iterator[str]:
    for one in spec.get("components") or []:
        if one.startswith("/") or "://" in one:
            raise Failed(BUILD, f"component path '{one}' must be local and relative")
        if spec.get("ignoreMissingComponents") and not (folder / one).exists():
            continue
        yield one


def _images(own: list[Any], more: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The file's images, each overridden field by field; tag and digest are one thing."""
    images = {str(one.get("name")): dict(one) for one in own}
    for one in more:
        image = images.setdefault(one["name"], {"name": one["name"]})
        if one.get("newName"):
            image["newName"] = one["newName"]
        if one.get("newTag") or one.get("digest"):
            chosen = {name: one.get(name) for name in ("newTag", "digest")}
            images[one["name"]] = {
                **{name: value for name, value in image.items() if name not in chosen},
                **{name: value for name, value in chosen.items() if value},
            }
    return list(images.values())
