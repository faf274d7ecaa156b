"""A lab's folder: what it names is there, stays inside, renders, and no link leads out."""

from pathlib import Path as Folder

from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls
from gitops_lab.lab import template
from gitops_lab.lab.inspection import Inspection
from gitops_lab.lab.lines import Path


def inspect(look: Inspection) -> None:
    """Links, seeds and objects; the rendered seeds are kept in the inspection."""
    _links(look)
    for (path, _), repository in zip(
        look.entries("repositories"), look.lab.repositories, strict=True
    ):
        at = (*path, "seed")
        if is_folder(look, repository.seed, at):
            look.seeds[repository.name] = rendered(look, repository.seed, at)
    for path, entry in look.entries("objects"):
        _objects(look, entry.get("file", ""), (*path, "file"))


def is_folder(look: Inspection, name: str, path: Path) -> bool:
    """Whether a folder of the lab is there; a problem when it isn't."""
    if not template.inside(name):
        look.add(path, f"`{name}` leaves the lab's folder.", "Name a folder inside it.")
        return False
    if not (look.lab.folder / name).is_dir():
        look.add(path, f"the folder `{name}` is missing.", "Make it, or correct the name.")
        return False
    return True


def rendered(look: Inspection, name: str, path: Path) -> dict[str, bytes]:
    """The files of a folder with the example parameters; each problem is noted."""
    problems: list[template.TemplateError] = []
    files = template.files_of(
        look.lab.folder / name, look.lab.example_parameters, name, problems.append
    )
    for error in problems:
        look.error(path, error)
    if not files and not problems:
        look.add(path, f"the folder `{name}` holds no file.", "Put files there.")
    return files


def _links(look: Inspection) -> None:
    root = look.lab.folder
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            look.elsewhere(
                path.relative_to(root).as_posix(),
                0,
                "is a symbolic link.",
                "Put the file itself there.",
            )


def _objects(look: Inspection, name: str, path: Path) -> None:
    file = look.lab.folder / name
    if not template.inside(name):
        look.add(path, f"`{name}` leaves the lab's folder.", "Name a file inside it.")
    elif not file.is_file():
        look.add(path, f"the file `{name}` is missing.", "Make it, or correct the name.")
    else:
        _readable(look, file, name, path)


def _readable(look: Inspection, file: Folder, name: str, path: Path) -> None:
    try:
        text = template.render(
            file.read_text(encoding="utf-8"), look.lab.example_parameters, file=name
        )
        documents = yamls.load_all(text, file=name)
    except (GitOpsLabError, UnicodeDecodeError) as error:
        if isinstance(error, GitOpsLabError):
            look.error(path, error)
        else:
            look.elsewhere(name, 1, "is not text in UTF-8.", "Save it as UTF-8.")
        return
    for document in documents:
        if not _is_object(document.obj):
            fix = "Give apiVersion, kind and metadata.name."
            look.elsewhere(name, document.line, "is not a Kubernetes object.", fix)


def _is_object(obj: object) -> bool:
    if not isinstance(obj, dict):
        return False
    metadata = obj.get("metadata")
    named = isinstance(metadata, dict) and bool(metadata.get("name"))
    return named and bool(obj.get("apiVersion")) and bool(obj.get("kind"))
