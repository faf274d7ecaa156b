"""What the controllers of images have in common: when they look, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass

from gitops_lab.dialects.controller import Controller, TryAgain
from gitops_lab.dialects.flux.draft import READY, RECONCILING, STALLED, Draft
from gitops_lab.dialects.flux.events import ERROR, INFO, TRACE, News
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.triggers import Chosen, asked_anew
from gitops_lab.kube import Object

API_VERSION = "image.toolkit.fluxcd.io/v1"


class Failed(Exception):
    """Not ready, and tried again: after `pause` seconds, by default with back-off."""

    def __init__(self, reason: str, message: str, *, pause: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.pause = pause


class Stalled(Exception):
    """Not ready until somebody changes something."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Outcome:
    """It is ready: what Ready says, what is told if there is news, and the next look.

    `after` is called when the status is written.
    """

    ready: str
    pause: float | None
    quiet: str = ""
    news: str = ""
    after: Callable[[], None] = lambda: None


class Passes(Chosen):
    """The controller of one kind; `work` brings a resource to an outcome, or raises."""

    def __init__(
        self, context: Context, kind: str, controller: str, work: Callable[[Draft], Outcome]
    ) -> None:
        self._context = context
        self._kind = kind
        self._name = controller
        self._work = work
        self.controller = Controller(
            context.client, API_VERSION, kind, self._reconcile, name=controller, wants=asked_anew
        )

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, self._name)
        if draft is None:
            return None
        if draft.deleting:
            draft.release()
            return None
        draft.hold()
        if draft.spec.get("suspend"):
            draft.handled()
            draft.write()
            return None
        return self._run(draft)

    def _run(self, draft: Draft) -> float | None:
        before = dict(draft.condition(READY))
        self._begin(draft)
        try:
            outcome = self._work(draft)
        except Stalled as error:
            draft.stalled(error.reason, str(error))
            draft.failed(error.reason, str(error))
            draft.observed()
            self._finish(draft, before, None)
            return None
        except Failed as error:
            draft.failed(error.reason, str(error))
            message = str(draft.condition(RECONCILING).get("message", ""))
            draft.reconciling("ProgressingWithRetry", message)
            self._finish(draft, before, None)
            if error.pause is None:
                raise TryAgain(str(error)) from error
            return error.pause
        draft.unmark(RECONCILING, STALLED)
        draft.mark(READY, "True", "Succeeded", outcome.ready)
        draft.observed()
        self._finish(draft, before, outcome)
        outcome.after()
        return outcome.pause

    def _begin(self, draft: Draft) -> None:
        observed = int(draft.status.get("observedGeneration") or 0)
        told = "reconciliation in progress"
        if observed != draft.generation:
            told = f"processing object: new generation {observed} -> {draft.generation}"
        draft.reconciling("Progressing", told)
        if not draft.condition(READY):
            draft.mark(READY, "Unknown", "Progressing", told)
        if observed != draft.generation:
            draft.write()

    def _finish(self, draft: Draft, before: dict[str, str], outcome: Outcome | None) -> None:
        draft.handled()
        draft.write()
        ready = draft.condition(READY)
        reason, message = str(ready.get("reason")), str(ready.get("message"))
        if outcome is None:
            self._tell(draft, ERROR, reason, message)
        elif outcome.news or before.get("status") != "True" or before.get("message") != message:
            self._tell(draft, INFO, reason, outcome.news or message)
        else:
            self._tell(draft, TRACE, "Succeeded", outcome.quiet or message)

    def _tell(self, draft: Draft, severity: str, reason: str, message: str) -> None:
        self._context.announcer.tell(News(draft.obj, severity, reason, message, self._name))
