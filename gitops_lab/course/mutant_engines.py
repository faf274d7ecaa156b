"""Ways to spoil what engines make of a right answer: the Apps of a lab, and their objects.

An App is what any of the engines takes for one: a GitOpsApp, an Application, a Kustomization.
Nothing runs here.
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.course.mutant import Mutant, as_it_stands, named
from gitops_lab.course.mutant_files import YAML, Actions
from gitops_lab.lab import Lab, Run
from gitops_lab.lab.changes import Files, Repositories
from gitops_lab.lab.template import render

BUILT = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_URL = re.compile(r"/([\w.-]+?)(?:\.git)?$")
_NOWHERE = "nowhere"


@dataclass(frozen=True)
class _Kind:
    """How an engine's Apps are asked for, stopped, and told where to look."""

    plural: str
    short: str
    stopped: tuple[str, ...]
    freed: tuple[str, ...]
    folder: tuple[str, ...]
    revision: tuple[str, ...] = ()


def _merged(patch: object) -> tuple[str, ...]:
    return ("patch", "{}", "--type=merge", f"--patch={json.dumps(patch)}")


_PAUSE = "argocd.argoproj.io/skip-reconcile"
_SUSPENDED, _RESUMED = (_merged({"spec": {"suspend": value}}) for value in (True, None))
KINDS = {
    "GitOpsApp": _Kind(
        "gitopsapps.gitops-lab.dev",
        "gitopsapp",
        _SUSPENDED,
        _RESUMED,
        ("spec", "source", "path"),
        ("spec", "source", "revision"),
    ),
    "Application": _Kind(
        "applications.argoproj.io",
        "application",
        ("annotate", "{}", "--overwrite", f"{_PAUSE}=true"),
        ("annotate", "{}", f"{_PAUSE}-"),
        ("spec", "source", "path"),
        ("spec", "source", "targetRevision"),
    ),
    "Kustomization": _Kind(
        "kustomizations.kustomize.toolkit.fluxcd.io",
        "kustomization",
        _SUSPENDED,
        _RESUMED,
        ("spec", "path"),
    ),
}


@dataclass(frozen=True)
class App:
    """An App of one of the engines: its object, and the objects that it makes."""

    kind: _Kind
    obj: Mapping[str, Any]
    cluster: str
    objects: tuple["Made", ...]
    reads: frozenset[tuple[str, str]]

    @property
    def what(self) -> str:
        """As kubectl takes it."""
        return f"{self.kind.plural}/{self.obj['metadata']['name']}"

    @property
    def told(self) -> str:
        """As a sentence takes it."""
        return f"{self.kind.short}/{self.obj['metadata']['name']}"

    @property
    def namespace(self) -> str:
        """Where the App itself is."""
        return str(self.obj["metadata"].get("namespace", "default"))

    def kubectl(self, *words: str) -> Run:
        """A command about it; `{}` stands for its name."""
        filled = (self.what if word == "{}" else word for word in words)
        return Run(("kubectl", f"--namespace={self.namespace}", *map(as_it_stands, filled)))

    def stop(self) -> Run:
        """Let it leave its objects alone, if it is there."""
        return self._if_there(self.kubectl(*self.kind.stopped))

    def free(self) -> Run:
        """Let it look after them again, if it is there."""
        return self._if_there(self.kubectl(*self.kind.freed))

    def _if_there(self, then: Run) -> Run:
        looks = shlex.join((*then.argv[:2], "get", self.what))
        script = f"{looks} >/dev/null 2>&1 || exit 0; {shlex.join(then.argv)}"
        return Run(("sh", "-c", script))

    def pointed(self, field: tuple[str, ...], value: object) -> Run:
        """Give one of its fields another value."""
        patch: object = value
        for key in reversed(field):
            patch = {key: patch}
        return self.kubectl(*_merged(patch))

    def pointed_back(self, field: tuple[str, ...], value: object) -> Run:
        """Give the field the value again that it had, if the App is there: solutions delete it."""
        return self._if_there(self.pointed(field, value))

    def has(self, field: tuple[str, ...]) -> object:
        """What a field of its says."""
        at: Any = self.obj
        for key in field:
            at = (at or {}).get(key)
        return at


@dataclass(frozen=True)
class Made:
    """An object of the cluster: what a step is about."""

    kind: str
    name: str
    namespace: str
    cluster: str = ""

    @property
    def told(self) -> str:
        """As kubectl takes it."""
        return f"{self.kind}/{self.name}"

    def kubectl(self, *words: str) -> Run:
        """A command about it; `{}` stands for its name."""
        where = (f"--context={self.cluster}",) if self.cluster else ()
        space = (f"--namespace={self.namespace}",) if self.namespace else ()
        filled = (self.told if word == "{}" else as_it_stands(word) for word in words)
        return Run(("kubectl", *where, *space, *filled))


def apps_of(lab: Lab, solved: Repositories, values: Mapping[str, Any]) -> list[App]:
    """Every App that the lab has or that a repository of its describes."""
    native = [_rendered(app, values) for app in lab.apps]
    texts = [
        render((lab.folder / entry.file).read_text(encoding="utf-8"), values)
        for entry in lab.objects
    ]
    texts += [
        content.decode(errors="replace")
        for files in solved.values()
        for name, content in files.items()
        if name.endswith(YAML)
    ]
    found = [*native, *(obj for text in texts for obj in named(text))]
    unique = {
        (obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace")): obj
        for obj in reversed(found)
        if _is_app(obj) and isinstance(obj.get("spec"), dict)
    }
    return [_app(lab, obj, solved) for obj in reversed(unique.values())]


def _is_app(obj: Mapping[str, Any]) -> bool:
    """Kustomize's own file has the name of Flux's kind, and another group."""
    return obj.get("kind") in KINDS and "kustomize.config" not in str(obj.get("apiVersion"))


def _rendered(app: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(render(json.dumps(app), values))
    return {"kind": "GitOpsApp", **whole}


def _app(lab: Lab, obj: Mapping[str, Any], solved: Repositories) -> App:
    spec = obj["spec"]
    source = spec.get("source") if isinstance(spec.get("source"), dict) else {}
    destination = spec.get("destination") or {}
    url = _URL.search(str(source.get("repoURL") or ""))
    repo = source.get("repo") or (url[1] if url else next(iter(solved), ""))
    folder = posixpath.normpath(str(source.get("path") or spec.get("path") or "."))
    space = spec.get("targetNamespace") or destination.get("namespace") or ""
    cluster = str(destination.get("cluster") or "")
    cluster = cluster if len(lab.clusters) > 1 else ""
    files = solved.get(repo, Files())
    reads = _read(files, "" if folder == "." else folder)
    made = tuple(
        Made(each["kind"].lower(), each["metadata"]["name"], space_of(each, space), cluster)
        for name in sorted(reads)
        if name.endswith(YAML) and posixpath.basename(name) not in BUILT
        for each in named(files[name].decode(errors="replace"))
    )
    pairs = frozenset((repo, name) for name in reads)
    return App(KINDS[obj["kind"]], obj, cluster, made, pairs)


def space_of(obj: Mapping[str, Any], default: str) -> str:
    """The namespace of a described object."""
    return str(obj["metadata"].get("namespace") or default)


def _read(files: Files, folder: str) -> set[str]:
    """The files that a folder is made of: those that a kustomization names, or else all."""
    below = {name for name in files if name.startswith(f"{folder}/" if folder else "")}
    built = next((name for name in (posixpath.join(folder, b) for b in BUILT) if name in files), "")
    if not built:
        return {name for name in below if name.endswith(YAML)}
    found = {built}
    for word in re.findall(rb"[\w./-]+", files[built]):
        path = posixpath.normpath(posixpath.join(folder, word.decode()))
        if path in files:
            found.add(path)
        elif path != folder and any(name.startswith(f"{path}/") for name in files):
            found |= _read(files, path)
    return found


# -- what is done to an App


def concerned(
    apps: Iterable[App], files: set[tuple[str, str]], pushed: set[str], told: list[str]
) -> list[App]:
    """The Apps that a solution is about: it changes what they read, or names what is theirs.

    What a script commits isn't known before: whoever reads a repository that it has `pushed` to.
    """
    return [
        app
        for app in apps
        if app.reads & files
        or pushed & {repo for repo, _ in app.reads}
        or any(_names(app, word) for word in told)
    ]


def _names(app: App, told: str) -> bool:
    return touches(app, told) or any(about(made, told) for made in app.objects)


def touches(app: App, told: str) -> bool:
    """Whether a command is about the App itself."""
    name, kind = app.obj["metadata"]["name"], app.kind.short
    if re.search(rf"\bgitops-lab app \w+ {re.escape(name)}\b", told):
        return kind == "gitopsapp"
    return re.search(rf"\b{kind}s?(\.[\w.-]+)?[/ ]{re.escape(name)}\b", told) is not None


def about(made: Made, told: str) -> bool:
    """Whether a command is about an object."""
    space = re.search(r"(?:--namespace|-n)[= ]([-\w]+)", told)
    if space and made.namespace and space[1] != made.namespace:
        return False
    kinds = rf"{made.kind}s?(\.apps)?"
    if made.kind == "deployment" and re.search(r"\bdelete pods?\b", told):
        return True
    return re.search(rf"\b{kinds}[/ ]{re.escape(made.name)}\b", told) is not None


def engines_spoiled(solution: Actions, apps: list[App], told: list[str]) -> Iterator[Mutant]:
    """An App is suspended before, or deleted, or told to look elsewhere, after."""
    for app in apps:
        own = [word for word in told if touches(app, word)]
        if not any(_lets_go(app, word) for word in own):
            free = (app.free(),)
            yield Mutant(f"{app.told} suspended before", (app.stop(), *solution), free)
        gone = f"{app.told} in {app.namespace} deleted by hand"
        yield Mutant(gone, (*solution, app.kubectl("delete", "{}")))
        if any("suspend" in word for word in own):
            continue
        for field in filter(None, (app.kind.folder, app.kind.revision)):
            back = app.pointed_back(field, app.has(field))
            away = app.pointed(field, _NOWHERE)
            name = f"{app.told} with another {field[-1]}"
            yield Mutant(name, (*solution, away), (back,))


def _lets_go(app: App, told: str) -> bool:
    return app.kind.short == "gitopsapp" or "suspend" in told or "delete" in told
