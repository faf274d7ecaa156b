"""All that the actions on one release need, gathered before the first of them runs."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.events import Announcer, News
from gitops_lab.dialects.flux.helm.chart import Chart
from gitops_lab.dialects.flux.helm.history import (
    Snapshot,
    latest,
    ordered,
    recorded,
    snapshot,
)
from gitops_lab.dialects.flux.helm.inventory import awaited, inventory, objects_of
from gitops_lab.dialects.flux.helm.program import (
    POST_RENDERER,
    HelmFailed,
    HelmProgram,
    Target,
)
from gitops_lab.dialects.flux.helm.spec import CONTROLLER, GROUP, ReleaseSpec
from gitops_lab.dialects.flux.helm.storage import Storage, Stored
from gitops_lab.dialects.flux.helm.values import Values
from gitops_lab.dialects.flux.ssa.kstatus import Health
from gitops_lab.dialects.flux.ssa.wait import Interrupted, NotHealthy, Waiter
from gitops_lab.engine.clock import now, stamp
from gitops_lab.kube import Client, Object
from gitops_lab.kube.objects import name_of, namespace_of

_UPGRADED = ("updating status for upgraded release: {", 'warning: upgrade failed: {"error":{},')
"""The end of helm's log, and what it is when helm itself has waited in vain."""


@dataclass
class Work:
    """One HelmRelease and what was found for it. `chart` is None where only an uninstall is due."""

    draft: Draft
    spec: ReleaseSpec
    client: Client
    helm: HelmProgram
    target: Target
    storage: Storage
    announcer: Announcer
    values: Values
    chart: Chart | None = None
    oci_digest: str = ""
    judge: Callable[[Object], Health] | None = None
    """How well an object is, where `healthCheckExprs` say it: then helm does not wait itself."""

    stored: bool = False
    """Whether the last run of helm has written anything."""

    @property
    def status(self) -> dict[str, Any]:
        """The HelmRelease's status."""
        return self.draft.status

    @property
    def history(self) -> list[Snapshot]:
        """Newest first."""
        return ordered(self.status.get("history") or [])

    @property
    def current(self) -> Snapshot | None:
        """The newest snapshot."""
        return latest(self.status.get("history") or [])

    def forget(self) -> None:
        """Clear the history."""
        self.status.pop("history", None)

    def run(self, action: str, arguments: list[str], name: str = "") -> bool:
        """Run helm on the release, and note what it has stored; whether it has stored anything.

        Where the releases are stored elsewhere than the objects, they are brought to helm and back.
        Raises HelmFailed; what was stored is noted nevertheless.
        """
        name = name or self.spec.name
        before = {one.version: one for one in self.storage.all(name)}
        away = self.storage.namespace != self.target.namespace
        there = Storage(self.client, self.target.namespace)
        try:
            if away and before:
                self.storage.move(name, self.target.namespace)
            kind = action.partition("-")[0]
            logs = self.helm.on(self.target, arguments, seconds=self.spec.timeout(kind) * 2)
            if self.waits_itself(kind):
                self._wait(kind, there.all(name), before, logs)
        finally:
            if away:
                there.move(name, self.storage.namespace)
            self.note(action, name, before)
        return self.stored

    def waits_itself(self, action: str) -> bool:
        """Whether the objects are waited for here, by the rules of the HelmRelease."""
        does = action in ("install", "upgrade", "rollback")
        return self.judge is not None and does and not self.spec.of(action).get("disableWait")

    def _wait(
        self, action: str, stored: list[Stored], before: Mapping[int, Stored], logs: str
    ) -> None:
        """Wait as Flux does; a release that is not well in time has failed. Raises HelmFailed."""
        assert self.judge is not None
        newest, there = stored[0], Storage(self.client, self.target.namespace)
        jobs = not self.spec.of(action).get("disableWaitForJobs")
        wanted = awaited(objects_of(self.client, newest), jobs=jobs)
        waiter = Waiter(self.client, self.judge, lambda: self.helm.stopped)
        try:
            waiter.until_current(wanted, self.spec.timeout(action))
        except (Interrupted, NotHealthy) as error:
            told = str(error) or "the workspace is being stopped"
            there.fail(newest, f"{action} failed: {told}")
            for one in stored:
                if _differs(one, before.get(one.version, one)):
                    there.put_back(before[one.version])
            raise HelmFailed(told, logs.replace(*_UPGRADED)) from error

    def note(self, action: str, name: str, before: dict[int, Stored]) -> None:
        """Take what helm has written into the history and the inventory."""
        written = self.storage.all(name)
        rewritten = {one.version for one in written if _differs(one, before.get(one.version))}
        if action == "upgrade" and rewritten:
            rewritten.add(_upgraded(before))
        changed = [one for one in written if one.version in rewritten]
        gone = set(before) - {one.version for one in written}
        known = {int(one["version"]) for one in self.history}
        newest = max(before, default=0)
        fresh: list[Snapshot] = []
        for one in changed:
            if one.version > newest:
                fresh.append(snapshot(one, action=action, oci_digest=self.oci_digest))
            elif one.version in known:
                old = next(s for s in self.history if s["version"] == one.version)
                kept = old.get("action", "") if action == "test" else _of_older(action)
                oci_digest = str(old.get("ociDigest") or "")
                fresh.append(snapshot(one, action=kept, oci_digest=oci_digest))
        if action.startswith("uninstall") and gone:
            fresh += [_removed(one, action) for one in self.history if one["version"] in gone]
        if fresh:
            self.status["history"] = recorded(self.history, fresh)
        if changed and not action.startswith(("uninstall", "test")):
            entries = inventory(self.client, written[0], self.chart)
            self.status["inventory"] = {"entries": entries}
        self.stored = bool(changed or gone)

    def event(self, severity: str, reason: str, message: str, of: Snapshot | None = None) -> None:
        """Tell what happened, with the release it is about."""
        metadata = {}
        if of is not None:
            facts = {
                "revision": of.get("chartVersion"),
                "token": of.get("configDigest"),
                "app-version": of.get("appVersion"),
                "oci-digest": of.get("ociDigest"),
            }
            metadata = {f"{GROUP}/{key}": str(value) for key, value in facts.items() if value}
        news = News(self.draft.obj, severity, reason, message, CONTROLLER, metadata)
        self.announcer.tell(news)

    @contextmanager
    def inputs(self) -> Iterator[list[str]]:
        """The flags with the values and the post-renderers, in files that end with the run."""
        with tempfile.TemporaryDirectory(prefix="gitops-lab-helm-") as folder:
            values, post = Path(folder, "values.json"), Path(folder, "post.json")
            values.write_text(json.dumps(self.values))
            post.write_text(json.dumps(self._post()))
            yield [
                *("--values", str(values)),
                *("--post-renderer", POST_RENDERER),
                *("--post-renderer-args", str(post)),
            ]

    def origin(self) -> dict[str, str]:
        """The labels by which the objects name their HelmRelease."""
        obj = self.draft.obj
        return {f"{GROUP}/name": name_of(obj), f"{GROUP}/namespace": namespace_of(obj)}

    def _post(self) -> dict[str, Any]:
        renderers = self.spec.spec.get("postRenderers") or []
        return {
            "kustomize": [one["kustomize"] for one in renderers if one.get("kustomize")],
            "common": self.spec.spec.get("commonMetadata") or {},
            "labels": self.origin(),
        }


def _differs(one: Stored, old: Stored | None) -> bool:
    return old is None or old.data != one.data


def _upgraded(before: dict[int, Stored]) -> int:
    """The revision that an upgrade begins from. A failed one writes it back as it was."""
    deployed = [version for version, one in before.items() if one.status == "deployed"]
    return max(deployed or before, default=0)


def _of_older(action: str) -> str:
    """What helm-controller notes at an older revision that an action has superseded: nothing, but
    for those actions that write all revisions.
    """
    return "" if action in ("install", "upgrade") else action


def _removed(one: Snapshot, action: str) -> Snapshot:
    return {**one, "status": "uninstalled", "action": action, "deleted": stamp(now())}
