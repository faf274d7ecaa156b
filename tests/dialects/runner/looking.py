"""What can be seen of one case on one backend."""

from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from tests.dialects.runner.backend import Backend
from tests.dialects.runner.case import Case
from tests.dialects.runner.kinds import ANSWER, INBOX, Ref
from tests.dialects.runner.normal import Normal, dig, engine_view, object_view

UNORDERED = ("Application/", "ApplicationSet/")
Recording = dict[str, Any]
"""`objects`: name -> view or None; `events`: name -> lines. One for each step."""


class Looking:
    """Objects and events, in the form in which they are recorded."""

    def __init__(self, case: Case, backend: Backend) -> None:
        self.case, self.backend = case, backend
        services = backend.services
        self.normal = Normal(backend.git_url(), services.registry.address, services.listener)
        self._answers: dict[str, Object] = {}
        self._counts: dict[str, int] = {}
        self._events: set[tuple[str, str]] = set()

    def record(self) -> Recording:
        """What there is to see now, and the events that were not seen before."""
        self._name_pushed()
        objects = {text: self._view(ref, fields) for text, (ref, fields) in self.case.look.items()}
        return {"objects": objects, "events": self._new_events()}

    def _view(self, ref: Ref, fields: list[str]) -> Any:
        try:
            obj = self._get(ref)
        except NotFound:
            return None
        plain = ref.of_engine and not fields
        view = engine_view(obj) if plain else object_view(obj, fields)
        return self.normal.value(view)

    def _seen(self, ref: Ref) -> Any:
        try:
            return self.normal.value(self._get(ref))
        except NotFound:
            return None

    def _new_events(self) -> dict[str, list[str]]:
        """Events of the engine's own resources, by resource, in the order of their coming; those
        of Argo CD sorted, as two of its workers tell of one Application.
        """
        wanted = {ref: text for text, (ref, _) in self.case.look.items() if ref.of_engine}
        found: dict[str, list[str]] = {}
        known = [(wanted.get(_about(event)), event) for event in self.backend.events.items()]
        for name, event in sorted(known, key=lambda row: _order(row[1])):
            if name is None:
                continue
            line = self.normal.text(f"{event['type']} {event['reason']}: {event['message']}")
            if (name, line) not in self._events:
                self._events.add((name, line))
                found.setdefault(name, []).append(line)
        for name, lines in found.items():
            if name.startswith(UNORDERED):
                lines.sort()
        return found

    def _reconciled_at(self, text: str) -> Any:
        return dig(self._get(self.case.ref(text)), "status.reconciledAt")

    def _refreshed(self, text: str, before: Any) -> str:
        obj = self._get(self.case.ref(text))
        if "argocd.argoproj.io/refresh" in (obj["metadata"].get("annotations") or {}):
            return f"{text}: the refresh annotation is still there"
        return ""

    def _handled(self, ref: Ref, token: str) -> str:
        handled = dig(self._get(ref), "status.lastHandledReconcileAt")
        return "" if handled == token else f"{ref.kind}/{ref.name}: the request is not echoed"

    def _get(self, ref: Ref) -> Object:
        if ref.kind in (INBOX, ANSWER):
            of_runner = self._answers.get(ref.name)
            if ref.kind == INBOX:
                of_runner = self.backend.services.received(f"{self.case.name}/{ref.name}")
            if of_runner is None:
                raise NotFound({"message": f"no {ref.kind}"})
            return of_runner
        return self.backend.client.get(ref.api_version, ref.kind, ref.name, ref.namespace)

    def _identity(self, ref: Ref) -> Object:
        metadata = {"name": ref.name, "namespace": ref.namespace}
        return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}

    def _name_pushed(self) -> None:
        """Commits that the engine has made itself."""
        if any(ref.kind == "ImageUpdateAutomation" for ref, _ in self.case.look.values()):
            repo = self.case.repo("main")
            for sha in self.backend.repositories.refs(repo).values():
                if not self.normal.knows(sha):
                    self._name_commit(repo, sha)

    def _name_commit(self, repo: str, sha: str) -> None:
        number = self._counts[repo] = self._counts.get(repo, 0) + 1
        prefix = repo.removeprefix(self.case.name).strip("-")
        self.normal.commit(sha, f"{prefix}-commit-{number}".strip("-"))


def _about(event: Object) -> Ref:
    about = event["involvedObject"]
    return Ref(about.get("kind", ""), about.get("namespace", ""), about.get("name", ""))


def _order(event: Object) -> tuple[str, int]:
    when = event.get("eventTime") or event.get("firstTimestamp") or ""
    return str(when), int(event["metadata"]["resourceVersion"])
