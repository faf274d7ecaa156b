"""GitRepository, as source-controller reconciles it: look up the ref, keep the files, say so.

Only repositories of the workspace are read, and without a network in between. A learner sees the
same conditions, reasons, messages and events as at work.
"""

import random
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitops_lab.dialects.conditions import is_true
from gitops_lab.dialects.controller import Controller, TryAgain
from gitops_lab.dialects.flux.draft import REQUESTED_AT, Draft
from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.dialects.flux.events import ERROR, INFO, TRACE, News
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.credentials import try_credentials
from gitops_lab.dialects.flux.source.files import FilesFailed, include, keep_only, left_out
from gitops_lab.dialects.flux.source.nested import reader_of
from gitops_lab.dialects.flux.source.outcome import (
    INCLUDE_UNAVAILABLE,
    OUTDATED,
    STORAGE_FAILED,
    VERIFIED,
    SourceFailed,
    begun,
    failed,
    in_progress,
    succeeded,
    sum_up,
    unsupported,
)
from gitops_lab.dialects.flux.source.refs import Checkout, CheckoutFailed, checkout, unknown
from gitops_lab.dialects.flux.source.signed import check_signature
from gitops_lab.dialects.flux.triggers import asked_anew
from gitops_lab.git import GitError
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import name_of, namespace_of

GROUP = "source.toolkit.fluxcd.io"
API_VERSION, KIND = f"{GROUP}/v1", "GitRepository"
CONTROLLER = "source-controller"
TRIGGERED_BY = "gitops-lab.dev/triggered-by"
"""Annotation: why a source was asked to look before its interval was over."""
WAIT_FOR_OTHERS = 30.0
JITTER = 0.05
_SUBJECT = 50


class GitRepositories:
    """The controller of all GitRepositories."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.controller = Controller(
            context.client, API_VERSION, KIND, self._reconcile, name=CONTROLLER, wants=asked_anew
        )

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """Ask those that read the repository to look now, as a Receiver of webhooks would."""
        if not self._context.lab:
            return
        named = self._context.world.repo_of
        readers = [
            obj
            for obj in self.controller.items()
            if named(str(obj["spec"].get("url"))) == repo and not obj["spec"].get("suspend")
        ]
        if readers:
            threading.Thread(target=self._ask, args=(readers,), daemon=True).start()

    def _ask(self, readers: Sequence[Object]) -> None:
        marks = {
            REQUESTED_AT: datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            TRIGGERED_BY: "push (timing lab; without a webhook Flux would see it at its interval)",
        }
        for obj in readers:
            try:
                self._context.client.patch(
                    obj, {"metadata": {"annotations": marks}}, field_manager="gitops-lab"
                )
            except ApiError:
                self.controller.trigger(namespace_of(obj), name_of(obj))

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, CONTROLLER)
        if draft is None:
            return None
        pause = _Pass(self._context, draft).run()
        if self._context.lab and "artifact" in draft.status:
            self._tell_including(draft)
        return pause

    def _tell_including(self, draft: Draft) -> None:
        """Those that wait for this one need not wait for half a minute."""
        for obj in self.controller.items():
            included = [one["repository"]["name"] for one in obj["spec"].get("include") or []]
            waits = draft.name in included and is_true(obj, INCLUDE_UNAVAILABLE)
            if waits and namespace_of(obj) == draft.namespace:
                self.controller.trigger(namespace_of(obj), name_of(obj))


class _Pass:
    """One reconciliation of one GitRepository."""

    def __init__(self, context: Context, draft: Draft) -> None:
        self._context, self._draft = context, draft
        self._storage = context.storage
        self._place = (KIND, draft.namespace, draft.name)

    def run(self) -> float | None:
        """The seconds until the next look; None for none. Raises TryAgain."""
        draft = self._draft
        if draft.deleting:
            self._storage.keep_only(self._place, None)
            draft.release()
            return None
        draft.hold()
        if draft.spec.get("suspend"):
            draft.handled()
            if draft.status.get("conditions"):
                draft.observed()
                sum_up(draft)
            draft.write()
            return None
        try:
            self._stages()
        except SourceFailed as failure:
            return self._failed(failure)
        draft.handled()
        draft.write()
        interval = seconds(draft.spec.get("interval"))
        return interval * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311

    def _failed(self, failure: SourceFailed) -> float | None:
        draft = self._draft
        failed(draft, failure)
        draft.handled()
        draft.write()
        waits = failure.pause is not None
        self._tell(INFO if waits else ERROR, failure.reason, failure.message)
        if failure.stalled:
            return None
        if failure.pause is None:
            raise TryAgain(failure.message)
        return failure.pause

    def _stages(self) -> None:
        begun(self._draft, self._storage)
        draft = self._draft
        if draft.condition(VERIFIED).get("status") == "False":
            draft.unmark(VERIFIED)
        _refuse_unsupported(draft.spec)
        secret = self._secret()
        includes = self._includes()
        found = self._resolve(secret)
        recovered = draft.is_true("FetchFailed") or draft.is_true(STORAGE_FAILED)
        draft.unmark("FetchFailed")
        check_signature(self._context, draft, found)
        if not self._is_stored(found, includes):
            self._store(found, includes)
            succeeded(draft, found.revision)
            self._tell_stored(found, "NewArtifact")
            return
        succeeded(draft, found.revision)
        if recovered:
            self._tell_stored(found, "Succeeded")
        else:
            observed = f"no changes since last reconciliation: observed revision '{found.revision}'"
            self._tell(TRACE, "GitOperationSucceeded", observed)

    def _secret(self) -> Mapping[str, str] | None:
        """The data of the Secret with credentials; None when there is none to be used."""
        secret = (self._draft.spec.get("secretRef") or {}).get("name")
        if not secret:
            return None
        namespace = self._draft.namespace
        try:
            return self._context.client.get("v1", "Secret", secret, namespace).get("data") or {}
        except ApiError as error:
            told = f"failed to get secret '{namespace}/{secret}': "
            told = f"{told}{told}{error.message}"  # so does the controller
            raise SourceFailed("AuthenticationFailed", told) from error

    def _includes(self) -> list[Mapping[str, Any]]:
        """The artifacts of the repositories that are included, in their order."""
        found = []
        for one in self._draft.spec.get("include") or []:
            name = one["repository"]["name"]
            try:
                other = self._context.client.get(API_VERSION, KIND, name, self._draft.namespace)
            except ApiError as error:
                told = f"could not get resource for include '{name}': {error.message}"
                raise _include_failed("NotFound", told) from error
            artifact = (other.get("status") or {}).get("artifact")
            if not artifact:
                raise _include_failed("NoArtifact", f"no artifact available for include '{name}'")
            found.append(artifact)
        self._draft.unmark(INCLUDE_UNAVAILABLE)
        return found

    def _resolve(self, secret: Mapping[str, str] | None) -> Checkout:
        url, world = str(self._draft.spec.get("url")), self._context.world
        repo = world.repo_of(url)
        if repo is None:
            told = f"failed to checkout and determine revision: {unknown(world, url)}"
            raise SourceFailed("GitOperationFailed", told)
        try:
            if secret is not None:
                try_credentials(world.git_url(repo), url, secret)
            ref = self._draft.spec.get("ref") or {}
            return checkout(world.repositories, repo, url, ref)
        except CheckoutFailed as error:
            told = f"failed to checkout and determine revision: {error}"
            raise SourceFailed("GitOperationFailed", told) from error

    def _is_stored(self, found: Checkout, includes: Sequence[Mapping[str, Any]]) -> bool:
        status, wanted = self._draft.status, _observed(self._draft.spec)
        same = all(status.get(name) == value for name, value in wanted.items())
        revision = (status.get("artifact") or {}).get("revision")
        known = [_identity(one) for one in status.get("includedArtifacts") or []]
        return revision == found.revision and same and known == [_identity(one) for one in includes]

    def _store(self, found: Checkout, includes: Sequence[Mapping[str, Any]]) -> None:
        draft = self._draft
        told = f"new upstream revision '{found.revision}'"
        if (draft.status.get("artifact") or {}).get("revision") not in (None, found.revision):
            draft.mark(OUTDATED, "True", "NewRevision", told)
        in_progress(draft, f"building artifact: {told}", drift=True)
        draft.write()
        with tempfile.TemporaryDirectory(prefix="gitops-lab-git-") as folder:
            artifact = self._archive(found, includes, Path(folder, "files"))
        draft.status["artifact"] = artifact
        draft.status["includedArtifacts"] = [dict(one) for one in includes]
        draft.status.update(_observed(draft.spec))
        for name in [name for name, value in draft.status.items() if value in (None, [], False)]:
            draft.status.pop(name)
        self._storage.keep_only(self._place, artifact)

    def _archive(
        self, found: Checkout, includes: Sequence[Mapping[str, Any]], folder: Path
    ) -> dict[str, Any]:
        spec, world = self._draft.spec, self._context.world
        repo = world.repo_of(str(spec.get("url"))) or ""
        try:
            opened = reader_of(world, spec)
            world.repositories.export(repo, found.sha, ".", folder, opened=opened)
            if spec.get("sparseCheckout"):
                keep_only(folder, spec["sparseCheckout"])
            for one, artifact in zip(spec.get("include") or [], includes, strict=True):
                name = one["repository"]["name"]
                other = self._storage.folder(artifact)
                include(folder, other, one.get("fromPath") or "", one.get("toPath") or name)
            outside = left_out(folder, spec.get("ignore"))
            return self._storage.archive(
                self._place, f"{found.sha}.tar.gz", found.revision, folder, leave_out=outside
            )
        except FilesFailed as error:
            raise SourceFailed("GitOperationFailed", str(error)) from error
        except GitError as error:
            told = f"failed to checkout and determine revision: {error.message} {error.hint}"
            raise SourceFailed("GitOperationFailed", told.strip()) from error
        except OSError as error:
            told = f"unable to archive artifact to storage: {error}"
            raise SourceFailed("ArchiveOperationFailed", told, condition=STORAGE_FAILED) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _tell_stored(self, found: Checkout, reason: str) -> None:
        artifact = self._draft.status["artifact"]
        facts = {f"{GROUP}/revision": artifact["revision"], f"{GROUP}/digest": artifact["digest"]}
        self._tell(INFO, reason, f"stored artifact for commit '{self._subject(found)}'", facts)

    def _subject(self, found: Checkout) -> str:
        world = self._context.world
        repo = world.repo_of(str(self._draft.spec.get("url"))) or ""
        try:
            subject = world.repositories.commit_at(repo, found.sha).subject
        except GitError:
            return found.revision
        return subject if len(subject) <= _SUBJECT else f"{subject[:_SUBJECT]}..."

    def _tell(
        self, severity: str, reason: str, message: str, facts: Mapping[str, str] | None = None
    ) -> None:
        news = News(self._draft.obj, severity, reason, message, CONTROLLER, facts or {})
        self._context.announcer.tell(news)


def _observed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What an artifact depends on beside the commit, under the names of the status."""
    return {
        "observedIgnore": spec.get("ignore"),
        "observedRecurseSubmodules": spec.get("recurseSubmodules") or None,
        "observedInclude": spec.get("include") or None,
        "observedSparseCheckout": spec.get("sparseCheckout") or None,
    }


def _identity(artifact: Mapping[str, Any]) -> tuple[object, object]:
    return artifact.get("revision"), artifact.get("digest")


def _include_failed(reason: str, message: str) -> SourceFailed:
    return SourceFailed(reason, message, condition=INCLUDE_UNAVAILABLE, pause=WAIT_FOR_OTHERS)


def _refuse_unsupported(spec: Mapping[str, Any]) -> None:
    if spec.get("proxySecretRef"):
        raise unsupported("spec.proxySecretRef", "the workspace's repositories need no proxy.")
    provider = spec.get("provider") or "generic"
    if spec.get("serviceAccountName") and provider not in ("azure", "aws"):
        told = "serviceAccountName can only be set when provider is 'azure' or 'aws'"
        raise SourceFailed("InvalidProviderConfiguration", told, stalled=True)
    if provider != "generic":
        raise unsupported("spec.provider", f"{provider!r} needs an account of a cloud.")
