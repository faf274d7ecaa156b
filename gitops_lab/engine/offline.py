"""Rendering and comparing without a cluster and without a server: two states of a folder.

For a pull request: what would the App's objects be with these files, and what would change
against another revision. Secrets are masked; without a key what is encrypted stays so.
"""

import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gitops_lab.engine.app import API_VERSION, KIND, App
from gitops_lab.engine.desired import encoded
from gitops_lab.engine.diff import between
from gitops_lab.engine.errors import AppError, SourceError
from gitops_lab.engine.render import Inputs, Rendered, render
from gitops_lab.engine.render.files import read_documents
from gitops_lab.engine.source import Artifact, SourceStore
from gitops_lab.errors import Place
from gitops_lab.git.errors import CommandFailed
from gitops_lab.git.process import run
from gitops_lab.kube.objects import Object, ObjectKey
from gitops_lab.kube.order import key_order


@dataclass(frozen=True)
class ObjectChange:
    """One object that would be created, updated or removed; `diff` is unified, masked."""

    action: str
    key: ObjectKey
    file: str
    diff: str


def read_app(path: Path) -> App:
    """The GitOpsApp in a file. Raises AppError or RenderError."""
    objs = [document.obj for document in read_documents(path, path.name)]
    apps = [
        obj
        for obj in objs
        if isinstance(obj, dict) and (obj.get("apiVersion"), obj.get("kind")) == (API_VERSION, KIND)
    ]
    if len(apps) != 1:
        raise AppError(
            f"{path} holds {len(apps)} {KIND}s; one is wanted.",
            place=Place(file=path.name),
            hint=f"Give a file with one object of apiVersion {API_VERSION} and kind {KIND}.",
        )
    return App.from_object(apps[0])


def render_folder(folder: Path, app: App, inputs: Inputs) -> Rendered:
    """The App's objects with the files of a folder as they are now. Raises StageError."""
    _refuse_others(app)
    root = folder.resolve()
    path = root / app.source.path
    if not path.is_dir():
        raise SourceError(
            f"{folder} has no folder {app.source.path!r}.",
            reason="PathNotFound",
            place=Place(field="spec.source.path"),
            hint="Correct spec.source.path, or name another folder with --from.",
        )
    artifact = Artifact(app.source.repo, "", path, uuid.uuid4().hex, root)
    return render(artifact, app, inputs)


def render_revision(folder: Path, revision: str, app: App, inputs: Inputs) -> Rendered:
    """The App's objects with the files of a revision of the folder's repository."""
    _refuse_others(app)
    with _store(folder, app) as store:
        source = replace(app.source, revision=_sha(folder, revision))
        return render(store.fetch(source, store.resolve(source)), app, inputs)


def compare(before: Rendered, after: Rendered) -> list[ObjectChange]:
    """What is different between two renders, in the order in which it would be applied."""
    old, new = _by_key(before), _by_key(after)
    changes = []
    for key in sorted(old.keys() | new.keys(), key=key_order):
        was, is_now = old.get(key), new.get(key)
        text = between(was[0] if was else {}, is_now[0] if is_now else {}, f"a/{key}", f"b/{key}")
        if text:
            action = "update" if was and is_now else "create" if is_now else "remove"
            changes.append(ObjectChange(action, key, (is_now or was or ({}, ""))[1], text))
    return changes


def markdown(name: str, changes: list[ObjectChange]) -> str:
    """The changes as a comment for a pull request."""
    counts = {action: sum(c.action == action for c in changes) for action in _WORDS}
    told = ", ".join(f"{n} to {_WORDS[action]}" for action, n in counts.items() if n)
    lines = [f"### {name}: {told or 'nothing changes'}", ""]
    for change in changes:
        where = f", from `{change.file}`" if change.file else ""
        fence = "`" * max(3, _longest_ticks(change.diff) + 1)
        lines += [
            f"<details><summary>{_WORDS[change.action]} <code>{change.key}</code></summary>",
            "",
            f"{change.key}{where}",
            "",
            f"{fence}diff",
            change.diff.rstrip("\n"),
            fence,
            "</details>",
            "",
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


_WORDS = {"create": "create", "update": "change", "remove": "remove"}


def masked(obj: Object) -> Object:
    """An object for showing: the values of a Secret as stars."""
    if obj.get("kind") != "Secret":
        return obj
    hidden: dict[str, object] = {
        field: dict.fromkeys(obj[field], "***")
        for field in ("data", "stringData")
        if isinstance(obj.get(field), dict)
    }
    return {**obj, **hidden}


def _by_key(rendered: Rendered) -> Mapping[ObjectKey, tuple[Object, str]]:
    return {
        item.key: (encoded(item.obj) if item.obj.get("kind") == "Secret" else item.obj, item.file)
        for item in rendered.objects
    }


def _longest_ticks(text: str) -> int:
    longest = run_ = 0
    for character in text:
        run_ = run_ + 1 if character == "`" else 0
        longest = max(longest, run_)
    return longest


@contextmanager
def _store(folder: Path, app: App) -> Iterator[SourceStore]:
    """The folder's repository as a store has it: below a root, under the source's name."""
    with tempfile.TemporaryDirectory(prefix="gitops-lab-offline-") as place:
        root = Path(place, "repos")
        root.mkdir()
        (root / f"{app.source.repo}.git").symlink_to(_git(folder, "--git-common-dir"))
        yield SourceStore(root, Path(place, "cache"))


def _sha(folder: Path, revision: str) -> str:
    try:
        said = run(["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"], cwd=folder)
    except CommandFailed as error:
        raise SourceError(
            f"{folder} has no revision {revision!r}.",
            reason="RevisionNotFound",
            hint="Fetch it first; in a pipeline the whole history may be missing.",
        ) from error
    return said.decode().strip()


def _git(folder: Path, what: str) -> Path:
    try:
        said = run(["rev-parse", what], cwd=folder).decode().strip()
    except CommandFailed as error:
        raise SourceError(
            f"{folder} is in no Git repository.",
            reason="RepositoryNotFound",
            hint="Name the folder of a clone with --from.",
        ) from error
    return (folder / said).resolve()


def _refuse_others(app: App) -> None:
    if app.source.chart:
        raise AppError(
            f"the App's chart is in {app.source.chart.repository}, and not in a folder.",
            reason="ChartElsewhere",
            place=Place(field="spec.source.chart"),
            hint="Render it in a workspace: `gitops-lab app render NAME`.",
        )
    if app.source.others:
        raise AppError(
            "the App has additional sources, and here is only one folder.",
            reason="OneSourceOnly",
            place=Place(field="spec.additionalSources"),
            hint="Render it in a workspace: `gitops-lab app render NAME`.",
        )
