"""ImageUpdateAutomation: writes the images that policies want to Git, as a commit."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.dialects.flux.images.message import RemovedField, TemplateError, message
from gitops_lab.dialects.flux.images.passes import API_VERSION, Failed, Outcome, Passes, Stalled
from gitops_lab.dialects.flux.images.setters import Change, YamlError, set_all, setters
from gitops_lab.dialects.flux.images.signing import NoSigner, signer
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.refs import Checkout, CheckoutFailed, checkout
from gitops_lab.engine.clock import now, stamp
from gitops_lab.git import Author, GitError
from gitops_lab.git.fastimport import Sign
from gitops_lab.git.process import run
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import labels_of, name_of, namespace_of

KIND = "ImageUpdateAutomation"
CONTROLLER = "image-automation-controller"
_READY = "repository up-to-date"
_FILES = (".yaml", ".yml")
_SOURCE = "source.toolkit.fluxcd.io/v1"


class Automations(Passes):
    """The controller of all ImageUpdateAutomations."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, KIND, CONTROLLER, self._automate)
        self._generations: dict[tuple[str, str], object] = {}

    def start(self) -> None:
        """Begin to follow."""
        self.controller.start()

    def stop(self) -> None:
        """End."""
        self.controller.stop()

    def source_changed(self, kind: str, namespace: str, name: str) -> None:
        """A source has another commit, or another spec: look at what writes to it.

        A commit alone is seen at the next interval, but in timing lab.
        """
        if not self._context.lab and not self._is_another(kind, namespace, name):
            return

        def writes(obj: Object) -> bool:
            reference = obj["spec"]["sourceRef"]
            place = reference.get("namespace") or namespace_of(obj)
            return (reference.get("kind"), place, reference["name"]) == (kind, namespace, name)

        self.trigger(writes)

    def _is_another(self, kind: str, namespace: str, name: str) -> bool:
        """Whether the spec of a source is another than it was; a new source is none."""
        try:
            obj = self._context.client.get(_SOURCE, kind, name, namespace)
        except ApiError:
            return False
        key = (namespace, name)
        known, generation = self._generations.get(key), obj["metadata"].get("generation")
        self._generations[key] = generation
        return known is not None and known != generation

    def policy_changed(self, namespace: str) -> None:
        """A policy of a namespace wants another image: all automations there may have work."""
        self.trigger(lambda obj: namespace_of(obj) == namespace)

    def _automate(self, draft: Draft) -> Outcome:
        pause = seconds(draft.spec.get("interval"), 60.0)
        draft.status["lastAutomationRunTime"] = stamp(now())
        policies = self._policies(draft)
        observed = {name_of(one): dict(one["status"]["latestRef"]) for one in policies}
        source = self._source(draft)
        sign = self._signer(draft)
        place = _Place.of(self._context, draft, source)
        unchanged = draft.status.get("observedPolicies") == observed
        seen = draft.status.get("observedSourceRevision") == place.base.revision
        if unchanged and seen and not place.switches and not place.refspec:
            return Outcome(_READY, pause, quiet="no change since last reconciliation")
        wanted = {
            f"{namespace_of(one)}:{name_of(one)}": dict(one["status"]["latestRef"])
            for one in policies
        }
        files, changes = self._changes(draft, place, wanted)
        revision, news = place.base.revision, ""
        if changes:
            text = _message(draft, changes)
            sha = self._push(draft, place, files, text, sign)
            draft.status["lastPushCommit"] = sha
            draft.status["lastPushTime"] = stamp(now())
            also = f" and refspecs '{place.refspec}'" if place.refspec else ""
            news = f"pushed commit '{sha[:7]}' to branch '{place.branch}'{also}\n{text}"
            if not place.switches:
                revision = f"{place.branch}@sha1:{sha}"
        draft.status["observedSourceRevision"] = revision
        draft.status["observedPolicies"] = observed
        return Outcome(_READY, pause, news=news)

    def _policies(self, draft: Draft) -> list[Object]:
        """The policies of the namespace that the selector takes, and that want an image."""
        found = self._context.client.list(API_VERSION, "ImagePolicy", draft.namespace).items
        selector = draft.spec.get("policySelector") or {}
        return [
            one
            for one in sorted(found, key=name_of)
            if (one.get("status") or {}).get("latestRef") and _selected(one, selector)
        ]

    def _source(self, draft: Draft) -> Object:
        reference = draft.spec["sourceRef"]
        if reference.get("kind") != "GitRepository":
            told = f"source kind '{reference.get('kind')}' not supported"
            raise Stalled("InvalidSourceConfiguration", f"{told}: invalid source configuration")
        if not draft.spec.get("git"):
            told = "source kind 'GitRepository' necessitates field .spec.git"
            raise Stalled("InvalidSourceConfiguration", f"{told}: invalid source configuration")
        namespace = reference.get("namespace") or draft.namespace
        try:
            return self._context.client.get(_SOURCE, "GitRepository", reference["name"], namespace)
        except ApiError as error:
            told = f"failed to get git repository '{namespace}/{reference['name']}'"
            told = f"failed configuring source manager: {told}: {error.message}"
            raise Failed("SourceManagerFailed", told) from error

    def _changes(
        self, draft: Draft, place: "_Place", wanted: Mapping[str, Mapping[str, str]]
    ) -> tuple[dict[str, bytes | str | None], list[Change]]:
        repositories = self._context.world.repositories
        path = str((draft.spec.get("update") or {}).get("path") or ".").removeprefix("./")
        folder = path.strip("/") or "."
        inside = "" if folder == "." else f"{folder}/"
        values = setters(wanted)
        files: dict[str, bytes | str | None] = {}
        changes: list[Change] = []
        try:
            names = repositories.files(place.repo, place.from_sha, folder)
            for name in names:
                if not name.endswith(_FILES):
                    continue
                full = f"{inside}{name}"
                content = repositories.read(place.repo, place.from_sha, full)
                fresh, found = set_all(name, content.decode("utf-8", "replace"), values)
                if found:
                    files[full] = fresh
                    changes += found
        except (GitError, YamlError) as error:
            told = f"failed to apply policies: {error.paragraph()}"
            raise Failed("UpdateFailed", told) from error
        return files, changes

    def _push(
        self,
        draft: Draft,
        place: "_Place",
        files: Mapping[str, bytes | str | None],
        text: str,
        sign: Sign | None,
    ) -> str:
        author = draft.spec["git"]["commit"]["author"]
        world = self._context.world
        try:
            place.make_branch()
            sha = world.repositories.commit(
                place.repo,
                place.branch,
                text,
                dict(files),
                Author(str(author.get("name") or ""), str(author["email"])),
                sign=sign,
            )
            place.push_refspec()
        except GitError as error:
            told = f"failed to update source: {error.paragraph()}"
            raise Failed("GitOperationFailed", told) from error
        world.announce(place.repo)
        return sha

    def _signer(self, draft: Draft) -> Sign | None:
        try:
            return signer(self._context.client, draft)
        except NoSigner as error:
            told = f"failed configuring source manager: {error}"
            raise Failed("SourceManagerFailed", told) from error


def _message(draft: Draft, changes: list[Change]) -> str:
    commit = draft.spec["git"]["commit"]
    try:
        return message(
            str(commit.get("messageTemplate") or ""),
            (draft.namespace, draft.name),
            changes,
            commit.get("messageTemplateValues") or {},
        )
    except RemovedField as error:
        raise Stalled("RemovedTemplateField", str(error)) from error
    except TemplateError as error:
        told = f"failed to update source: unable to create commit message: {error}"
        raise Failed("GitOperationFailed", told) from error


class _Place:
    """Where an automation reads and writes: a repository, the commit it starts from, a branch."""

    def __init__(
        self, context: Context, repo: str, base: Checkout, branch: str, origin: str
    ) -> None:
        self._repositories = context.world.repositories
        self.repo = repo
        self.base = base
        self.branch = branch
        self.switches = branch != origin
        self.refspec = ""

    @classmethod
    def of(cls, context: Context, draft: Draft, source: Object) -> "_Place":
        """Raises Failed and Stalled."""
        git = draft.spec["git"]
        ref = (git.get("checkout") or {}).get("ref") or source["spec"].get("ref") or {}
        branch = str((git.get("push") or {}).get("branch") or ref.get("branch") or "")
        if not branch:
            told = (
                "push branch not provided, and cannot be inferred from .spec.git.checkout.ref or "
                "GitRepository .spec.ref: invalid source configuration"
            )
            raise Stalled("InvalidSourceConfiguration", told)
        refspec = _refspec(str((git.get("push") or {}).get("refspec") or ""))
        url = str(source["spec"].get("url"))
        repo = context.world.repo_of(url)
        if repo is None:
            told = f"unable to clone '{url}': it is no repository of this workspace"
            raise Failed("GitOperationFailed", f"failed to checkout source: {told}")
        try:
            base = checkout(context.world.repositories, repo, url, ref)
        except CheckoutFailed as error:
            raise Failed("GitOperationFailed", f"failed to checkout source: {error}") from error
        place = cls(context, repo, base, branch, str(ref.get("branch") or ""))
        place.refspec = refspec
        return place

    @property
    def from_sha(self) -> str:
        """The commit that is changed: the push branch's, if there is one, else what is read."""
        tip = self._repositories.refs(self.repo).get(f"refs/heads/{self.branch}")
        return tip if self.switches and tip else self.base.sha

    def make_branch(self) -> None:
        """Let the branch begin where the source is, when it is new. Raises GitError."""
        name = f"refs/heads/{self.branch}"
        if name not in self._repositories.refs(self.repo):
            run(["update-ref", name, self.base.sha], cwd=self._repositories.path(self.repo))

    def push_refspec(self) -> None:
        """Bring another ref to where its source is now, as a second push. Raises GitError."""
        if not self.refspec:
            return
        source, _, target = self.refspec.partition(":")
        refs, where = self._repositories.refs(self.repo), self._repositories.path(self.repo)
        sha, before = refs.get(source), refs.get(target or source)
        if sha is None:
            raise GitError(f"refspec '{self.refspec}': there is no {source}.")
        if before and run(["merge-base", before, sha], cwd=where).decode().strip() != before:
            raise GitError(f"refspec '{self.refspec}': non-fast-forward update: {target}.")
        run(["update-ref", target or source, sha], cwd=where)


def _refspec(text: str) -> str:
    """Raises Stalled for one that deletes or forces."""
    for sign, what in ((":", "a deletion"), ("+", "a force update")):
        if text.startswith(sign):
            told = f"push refspec must not specify {what}: invalid source configuration"
            raise Stalled("InvalidSourceConfiguration", told)
    return text


def _selected(obj: Object, selector: Mapping[str, Any]) -> bool:
    labels = labels_of(obj)
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(labels, one) for one in selector.get("matchExpressions") or [])


def _holds(labels: Mapping[str, str], one: Mapping[str, Any]) -> bool:
    value, values = labels.get(one["key"]), one.get("values") or []
    match one["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise Stalled(
        "InvalidPolicySelector", f'"{one["operator"]}" is not a valid label selector operator'
    )
