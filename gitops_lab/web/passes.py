"""From the engine's chain of events to facts: the last sync of each App, and what happened."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gitops_lab.engine.events import ChainEvent
from gitops_lab.web.facts import Happened, Key, PassFact

_KEPT = 40
_LINK_OF_STAGE = {"source": "revision", "app": "revision"}
_SEEN = "DriftSeen"
_TO_DO = re.compile(r"(\d+) to (create|update|prune)")
"""What a plan says; once it is applied, it has happened."""


class Passes:
    """Follows the chain. For one thread at a time."""

    def __init__(self) -> None:
        self._now: dict[str, PassFact] = {}
        self._last: dict[str, PassFact] = {}
        self._drift: dict[str, str] = {}
        self._feed: list[Happened] = []

    def take(self, event: ChainEvent) -> tuple[dict[Key, Any], bool]:
        """The facts that an event changes, and whether the moment is one to keep."""
        if event.reason == _SEEN:
            self._drift[event.app] = event.message
            text = f"changed by hand: {event.message}"
            drifted = {("drift", event.app): frozenset(event.message.split(", "))}
            return self._told(event, text, "drift") | drifted, True
        running = self._followed(event)
        self._now[event.app] = running
        changes: dict[Key, Any] = {}
        notable = False
        if event.reason == "Applied":
            self._drift.pop(event.app, None)
            tone = "healed" if running.drift else "synced"
            done = _TO_DO.sub(r"\1 \2d", event.message)
            what = f"{tone} to {running.revision[:7]}: {done}"
            changes |= self._told(event, what, "good") | {("drift", event.app): None}
            notable = True
        elif event.data.get("failed"):
            known = self._last.get(event.app)
            if known is None or known.failed != running.failed:
                changes |= self._told(event, event.message, "bad")
                notable = True
        if running.applied_at or running.failed:
            self._last[event.app] = running
            changes["pass", event.app] = running
        return changes, notable

    def synced(self, app: str) -> dict[Key, Any]:
        """The status says that an App is as in Git, whoever took the drift back."""
        return {("drift", app): None} if self._drift.pop(app, None) else {}

    def healthy(self, app: str, at: float) -> dict[Key, Any]:
        """An App is seen to be healthy: that ends its last sync."""
        last = self._last.get(app)
        if last is None or not last.applied_at or last.healthy_at:
            return {}
        seconds = {**last.seconds, "health": max(0.0, at - last.applied_at)}
        self._last[app] = last = replace(last, healthy_at=at, seconds=seconds)
        return {("pass", app): last}

    def _followed(self, event: ChainEvent) -> PassFact:
        known = self._now.get(event.app)
        data: Mapping[str, Any] = event.data
        if known is None or event.reason == "Resolved":
            sha = str(data.get("revision", ""))
            drift = self._drift.get(event.app, "")
            known = PassFact(event.at, sha, event.message, drift=drift)
        link = _LINK_OF_STAGE.get(event.stage, event.stage)
        took = float(data.get("seconds", 0.0))
        seconds = known.seconds
        if link != "health":
            seconds = {**seconds, link: seconds.get(link, 0.0) + took}
        changes: dict[str, Any] = {"seconds": seconds}
        if event.reason == "Applied":
            changes |= {"applied_at": event.at, "summary": event.message}
        if data.get("failed"):
            changes["failed"] = event.reason
        return replace(known, **changes)

    def _told(self, event: ChainEvent, text: str, tone: str) -> dict[Key, Any]:
        self._feed = [*self._feed[-_KEPT + 1 :], Happened(event.at, event.app, text, tone)]
        return {("feed",): tuple(self._feed)}
