"""Whether this pass writes, and why. Pure: the sync policy is decided here and nowhere else."""

from dataclasses import dataclass

from gitops_lab.engine.app import App
from gitops_lab.engine.plan import Action, Plan
from gitops_lab.engine.status import Status


@dataclass(frozen=True)
class Intent:
    """`apply` objects, `prune` what left Git, and the `trigger`: commit, manual, drift, retry."""

    apply: bool
    prune: bool
    trigger: str

    def writes(self, plan: Plan) -> bool:
        """Whether anything of the plan is to be carried out, or a sync is to be put on record."""
        if self.apply and self.trigger != "drift":
            return True
        wanted = plan.of(Action.CREATE, Action.UPDATE) if self.apply else ()
        return bool(wanted or (self.prune and plan.of(Action.PRUNE)))


def intend(app: App, previous: Status, revision: str, content: str) -> Intent:
    """What the policy asks for.

    A manual request always syncs, and is tried again when it did not end well. Automated, a sync
    is due when the commit or the content is not the one that was written last, or the last sync
    did not end well; otherwise what differs is drift, and healed only with selfHeal. A request to
    refresh compares and writes nothing.
    """
    if app.sync_requested and app.sync_requested != previous.handled_sync:
        trigger = "rollback" if app.options.rollback else "manual"
        return Intent(apply=True, prune=True, trigger=trigger)
    last = previous.last_sync
    asked = last and last.trigger in ("manual", "rollback") and last.result != "Succeeded"
    if last and asked and last.content == content:
        return Intent(apply=True, prune=True, trigger=last.trigger)
    refresh = app.refresh_requested and app.refresh_requested != previous.handled_refresh
    if not app.sync_policy.automated or refresh:
        return Intent(apply=False, prune=False, trigger="refresh" if refresh else "compare")
    if last is None or last.revision != revision or last.content != content:
        return Intent(apply=True, prune=True, trigger="commit")
    if last.result != "Succeeded":
        return Intent(apply=True, prune=True, trigger="retry")
    return Intent(apply=app.sync_policy.self_heal, prune=True, trigger="drift")
