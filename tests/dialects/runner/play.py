"""Plays one case on one backend, and records what can be seen after each step."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.git import USER
from gitops_lab.git.pushes import ZERO
from gitops_lab.kube import Object
from gitops_lab.kube.client import MERGE_PATCH
from gitops_lab.kube.errors import AlreadyExists, NotFound
from tests.dialects.runner.backend import GIT_TOKEN, Backend
from tests.dialects.runner.case import Case, Files, Step, files_of
from tests.dialects.runner.conditions import matches, reach
from tests.dialects.runner.kinds import ARGOCD, Ref
from tests.dialects.runner.looking import Looking, Recording
from tests.dialects.runner.normal import dig
from tests.dialects.runner.services import call

EDITOR = "kubectl-edit"
"""Field manager of what the learner changes by hand."""

VERBS = (
    "branch",
    "tag",
    "push",
    "image",
    "artifact",
    "chart",
    "apply",
    "patch",
    "status",
    "delete",
    "call",
)
"""What steps do, in this order."""

POLL = 0.1
LOOK, SLOWER, SELDOM = 0.2, 1.3, 0.8
"""Seconds between two looks at what a step has come to: the longer nothing changes, the more. Each
look asks the server for every object, and many cases look at once.
"""


@dataclass(frozen=True)
class Goal:
    """What a case comes to: the steps' recordings, and whether one is as good as what was wanted,
    since all that differs is known. No steps: it is not known yet.
    """

    steps: Sequence[Recording] = ()
    accepts: Callable[[Recording, Recording], bool] = lambda wanted, seen: True


class StepFailed(AssertionError):
    """A step's `until` never came, or its `stays` did not hold; with what was seen last."""


class Play(Looking):
    """One case on one backend. A step's goal ends the wait after it as soon as it is reached.

    On a busy machine a pause is no sign of an end: so a goal is waited for longer, until one was
    missed.
    """

    def __init__(self, case: Case, backend: Backend, goal: Goal) -> None:
        super().__init__(case, backend)
        self._goal = goal
        self._missed = False
        self._token = 0

    def begin(self) -> None:
        """Namespace, credentials and repositories."""
        self._create("Namespace", "", self.case.name)
        self.backend.client.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "git", "namespace": self.case.name},
                "stringData": {"username": USER, "password": GIT_TOKEN},
            },
            field_manager="tester",
        )
        for repo, files in self.case.repos.items():
            self.backend.repositories.create(repo, self._files(files), message="first")
            self._name_commit(repo, self.backend.repositories.resolve(repo, "main"))

    def end(self) -> None:
        """The engine's resources go, without what they made: that stays as it is."""
        for ref, _ in self.case.look.values():
            if ref.of_engine:
                try:
                    obj = self._get(ref)
                    self.backend.client.patch(obj, {"metadata": {"finalizers": None}})
                    self.backend.client.delete(ref.api_version, ref.kind, ref.name, ref.namespace)
                except NotFound:
                    continue

    def step(self, number: int) -> Recording:
        """Do one step, wait as it says, and record. Raises StepFailed."""
        step = self.case.steps[number]
        marks = {each: self._reconciled_at(each) for each in step.get("refresh", {})}
        self._do(step)
        for text, mark in marks.items():
            self._wait_for(step, lambda t=text, m=mark: self._refreshed(t, m))
        wanted = step.get("until", {})
        if wanted:
            self._wait_for(step, lambda: self.unmet(wanted))
        self._stay(step)
        if number < len(self._goal.steps) and not self._missed:
            return self._towards(self._goal.steps[number])
        return self._calm()

    # -- doing

    def _do(self, step: Step) -> None:
        for verb in VERBS:
            if verb in step:
                getattr(self, f"_{verb}")(step[verb])
        for text in step.get("reconcile", ()):
            self._reconcile(step, text)
        for text, kind in step.get("refresh", {}).items():
            self._annotate(self.case.ref(text), "argocd.argoproj.io/refresh", kind)

    def _push(self, pushed: Mapping[str, Mapping[str, Any]]) -> None:
        """{repository: {file: content}}; `@BRANCH` after the name commits there."""
        for key, files in pushed.items():
            name, _, branch = key.partition("@")
            self._commit(self.case.repo(name), branch or "main", files_of(files))

    def _commit(self, repo: str, branch: str, files: Files) -> None:
        repositories = self.backend.repositories
        if repo not in repositories.names():
            repositories.create(repo, self._files(files), message="first", branch=branch)
            old, new = ZERO, repositories.resolve(repo, branch)
        else:
            old = repositories.resolve(repo, branch)
            message = f"change {self._counts.get(repo, 0)}"
            gone = {path: None for path, content in files.items() if content is None}
            new = repositories.commit(repo, branch, message, {**self._files(files), **gone})
        self._name_commit(repo, new)
        self.backend.pushed(repo, f"refs/heads/{branch}", old, new)

    def _files(self, files: Files) -> dict[str, str]:
        """What is there of them, with the real address of the Git server."""
        there = {path: text for path, text in files.items() if text is not None}
        return {path: self.normal.real(text) for path, text in there.items()}

    def _branch(self, branches: Mapping[str, str]) -> None:
        self._refs("refs/heads", branches)

    def _tag(self, tags: Mapping[str, str]) -> None:
        self._refs("refs/tags", tags)

    def _refs(self, folder: str, refs: Mapping[str, str]) -> None:
        """{name: revision}: in the case's own repository; an empty revision removes the ref."""
        import subprocess

        repo = self.case.repo("main")
        path = str(self.backend.repositories.path(repo))
        for name, revision in refs.items():
            ref = f"{folder}/{name}"
            change = [ref, self.normal.real(revision)] if revision else ["-d", ref]
            subprocess.run(["git", "-C", path, "update-ref", *change], check=True, timeout=20)
            self.backend.pushed(repo, ref, ZERO, change[-1] if revision else ZERO)

    def _image(self, images: Mapping[str, list[str]]) -> None:
        """{name: tags}: repositories of the case's own."""
        for name, tags in images.items():
            for tag in tags:
                self.backend.services.image(f"{self.case.name}/{name}", str(tag))

    def _artifact(self, artifacts: Mapping[str, Mapping[str, Any]]) -> None:
        """{name:tag: {file: content}}: the same."""
        for reference, files in artifacts.items():
            name, _, tag = reference.partition(":")
            texts = self._files(files_of(files))
            self.backend.services.artifact(f"{self.case.name}/{name}", tag, texts)

    def _chart(self, charts: Mapping[str, Mapping[str, Any]]) -> None:
        """{name@version: {file: content}}, at CASE/charts of the listener."""
        for reference, files in charts.items():
            name, _, version = reference.partition("@")
            texts = self._files(files_of(files))
            self.backend.services.chart(f"{self.case.name}/charts", name, version, texts)

    def _call(self, calls: Mapping[str, Mapping[str, Any]]) -> None:
        """{Receiver/name: headers and body}; the answer is seen as `Answer/name`."""
        for text, sent in calls.items():
            ref = self.case.ref(text)
            path = dig(self._get(ref), "status.webhookPath") or "/hook/none"
            answer = call(f"{self.backend.hooks}{path}", sent.get("headers", {}), sent["body"])
            self._answers[ref.name] = answer

    def _apply(self, objects: list[Object]) -> None:
        for obj in objects:
            real = json.loads(self.normal.real(json.dumps(obj)))
            if "namespace" not in real["metadata"]:
                ref = Ref.parse(
                    f"{real['kind']}/{real['metadata']['name']}", namespace=self.case.name
                )
                if ref.namespace:
                    real["metadata"]["namespace"] = ref.namespace
            self.backend.client.apply(real, field_manager="tester", force=True)

    def _patch(self, patches: Mapping[str, Any]) -> None:
        """{object: merge patch}; `@MANAGER` after the name is who does it."""
        for text, patch in patches.items():
            name, _, manager = text.partition("@")
            self._wait_present(name)
            real = json.loads(self.normal.real(json.dumps(patch)))
            self.backend.client.patch(
                self._identity(self.case.ref(name)),
                real,
                content_type=MERGE_PATCH,
                field_manager=manager or EDITOR,
            )

    def _status(self, patches: Mapping[str, Any]) -> None:
        for text, status in patches.items():
            self._wait_present(text)
            self.backend.client.patch(
                self._identity(self.case.ref(text)),
                {"status": status},
                content_type=MERGE_PATCH,
                subresource="status",
                field_manager="kubelet",
            )

    def _delete(self, names: list[str]) -> None:
        for text in names:
            ref = self.case.ref(text)
            self.backend.client.delete(ref.api_version, ref.kind, ref.name, ref.namespace)

    def _reconcile(self, step: Step, text: str) -> None:
        """As `flux reconcile` does: ask by annotation, wait until the request is echoed."""
        ref = self.case.ref(text)
        self._token += 1
        token = f"2026-01-01T00:00:{self._token:02}Z"
        self._annotate(ref, "reconcile.fluxcd.io/requestedAt", token)
        self._wait_for(step, lambda: self._handled(ref, token))

    def _annotate(self, ref: Ref, name: str, value: str) -> None:
        patch = {"metadata": {"annotations": {name: value}}}
        self.backend.client.patch(self._identity(ref), patch, field_manager="tester")

    # -- waiting

    def unmet(self, wanted: Mapping[str, Any]) -> str:
        """What is not yet as `until` or `stays` say; "" when all of it is."""
        for text, want in wanted.items():
            seen = self._seen(self.case.ref(text))
            if want in ("absent", "present"):
                if (seen is None) != (want == "absent"):
                    return f"{text} is {'absent' if seen is None else 'present'}"
                continue
            for path, value in want.items():
                found = reach(seen, path)
                if not matches(found, value):
                    return f"{text}: {path} is {found!r}, not {value!r}"
        return ""

    def _wait_for(self, step: Step, problem: Any) -> None:
        deadline = time.monotonic() + self.backend.patience
        while told := problem():
            if time.monotonic() > deadline:
                raise StepFailed(
                    f"{self.case.engine}/{self.case.name}, step {step['name']!r}: {told} "
                    f"after {self.backend.patience:.0f} s; {json.dumps(self.record())}"
                )
            time.sleep(POLL)

    def _wait_present(self, text: str) -> None:
        self._wait_for({"name": f"status of {text}"}, lambda: self.unmet({text: "present"}))

    def _stay(self, step: Step) -> None:
        stays = step.get("stays")
        if not stays:
            return
        end = time.monotonic() + float(stays["seconds"])
        while time.monotonic() < end:
            told = self.unmet(stays["as"])
            if told:
                raise StepFailed(
                    f"{self.case.engine}/{self.case.name}, step {step['name']!r}: "
                    f"it did not stay so: {told}; {json.dumps(self.record())}"
                )
            time.sleep(POLL)

    def _towards(self, wanted: Recording) -> Recording:
        """The recording once it is the wanted one, or calm and as good; at last what it is.

        Events are written after what they tell of: they may come when the objects have moved on.
        """
        deadline = time.monotonic() + self.backend.patience
        name, held = wanted["name"], None
        for found, calm in self._recordings():
            if found["objects"] == wanted["objects"]:
                held = found["objects"]
            told = {**found, "objects": held or found["objects"]}
            if wanted == {"name": name, **told}:
                return told
            good = calm and self._goal.accepts(wanted, {"name": name, **told})
            self._missed = time.monotonic() > deadline
            if good or self._missed:
                return told
        raise AssertionError

    def _calm(self) -> Recording:
        """The recording once nothing changes any more."""
        deadline = time.monotonic() + 10 * self.backend.calm
        return next(
            found for found, calm in self._recordings() if calm or time.monotonic() > deadline
        )

    def _recordings(self) -> Iterator[tuple[Recording, bool]]:
        """What is seen, again and again, and whether it has stayed so for a while."""
        events, pause = set(self._events), LOOK
        found, since = self.record(), time.monotonic()
        while True:
            yield found, time.monotonic() - since > self.backend.calm
            time.sleep(pause)
            pause = min(pause * SLOWER, SELDOM)
            self._events = set(events)
            fresh = self.record()
            if fresh != found:
                found, since, pause = fresh, time.monotonic(), LOOK

    def _create(self, kind: str, namespace: str, name: str) -> None:
        try:
            self.backend.client.create(self._identity(Ref(kind, namespace, name)))
        except AlreadyExists:
            return


__all__ = ["ARGOCD", "Goal", "Play", "Recording", "StepFailed"]
