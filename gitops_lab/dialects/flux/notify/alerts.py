"""Alert: which news of which resources go to which Provider. It has no status; it simply is."""

import logging
import queue
import re
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.dialects.flux.events import ERROR, INFO, News
from gitops_lab.dialects.flux.notify.providers import NotSent, event_of, send
from gitops_lab.dialects.flux.part import Context
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import group_of, labels_of, name_of, namespace_of, uid_of

log = logging.getLogger(__name__)
API_VERSION = "notification.toolkit.fluxcd.io/v1beta3"
CONTROLLER = "notification-controller"
QUIET_SECONDS = 300.0
"""The same news of the same resource are told once in this time, as at work."""
_WAITING = 1000


class Alerts:
    """Sends on a thread of its own, so that a slow receiver delays nobody."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue: queue.Queue[News | None] = queue.Queue(maxsize=_WAITING)
        self._told: dict[tuple[str, ...], float] = {}
        self._thread = threading.Thread(target=self._run, name=CONTROLLER, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._context.announcer.subscribe(self._heard)
        self._thread.start()

    def stop(self) -> None:
        """Send what is waiting, for two seconds at most."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _heard(self, news: News) -> None:
        if news.controller == CONTROLLER:
            return  # what is said of alerts is not alerted
        try:
            self._queue.put_nowait(news)
        except queue.Full:
            log.warning("too many events are waiting; one is not sent: %s", news.message)

    def _run(self) -> None:
        while (news := self._queue.get()) is not None:
            try:
                self._dispatch(news)
            except Exception:
                # One alert's bad luck must not end the alerts of all.
                log.exception("an event was not sent: %s", news.message)

    def _dispatch(self, news: News) -> None:
        if self._said(news):
            return
        for alert in self._context.client.list(API_VERSION, "Alert").items:
            if not alert["spec"].get("suspend") and self._concerns(alert, news):
                self._send(alert, news)

    def _said(self, news: News) -> bool:
        now = time.monotonic()
        key = (uid_of(news.obj), news.reason, news.message, *sorted(news.metadata.values()))
        before = self._told.get(key)
        self._told = {one: at for one, at in self._told.items() if now - at < QUIET_SECONDS}
        self._told[key] = now
        return before is not None and now - before < QUIET_SECONDS

    def _send(self, alert: Object, news: News) -> None:
        name = alert["spec"]["providerRef"]["name"]
        try:
            provider = self._provider(name, namespace_of(alert))
            if provider["spec"].get("suspend"):
                return
            event = event_of(news, _metadata(alert, news))
            send(self._context.client, provider, event)
        except (ApiError, NotSent) as error:
            place = f"{news.obj['kind']}/{namespace_of(news.obj)}/{name_of(news.obj)}"
            told = f"failed to dispatch notification for {place}: {error}"
            self._complain(alert, "NotificationDispatchFailed", told)

    def _provider(self, name: str, namespace: str) -> Object:
        """Raises NotSent and ApiError."""
        try:
            return self._context.client.get(API_VERSION, "Provider", name, namespace)
        except NotFound as error:
            told = f'Provider.notification.toolkit.fluxcd.io "{name}" not found'
            raise NotSent(f"failed to read provider: {told}") from error

    def _concerns(self, alert: Object, news: News) -> bool:
        spec = alert["spec"]
        severity = spec.get("eventSeverity") or INFO
        if severity == ERROR and news.severity != ERROR:
            return False
        if not any(_is_source(alert, one, news.obj) for one in spec.get("eventSources") or []):
            return False
        included = spec.get("inclusionList") or []
        if included and not self._matches(alert, included, news.message, "inclusion"):
            return False
        return not self._matches(alert, spec.get("exclusionList") or [], news.message, "exclusion")

    def _matches(self, alert: Object, patterns: Iterable[str], text: str, which: str) -> bool:
        for pattern in patterns:
            try:
                if re.search(pattern, text):
                    return True
            except re.error:
                told = f"failed to compile {which} regex: {pattern}"
                self._complain(alert, "InvalidConfig", told)
        return False

    def _complain(self, alert: Object, reason: str, message: str) -> None:
        self._context.announcer.tell(News(alert, ERROR, reason, message, CONTROLLER))


def _is_source(alert: Object, source: Mapping[str, Any], obj: Object) -> bool:
    namespace = source.get("namespace") or namespace_of(alert)
    if (source.get("kind"), namespace) != (obj["kind"], namespace_of(obj)):
        return False
    if source.get("name") not in ("*", name_of(obj)):
        return False
    labels = labels_of(obj)
    return all(labels.get(k) == v for k, v in (source.get("matchLabels") or {}).items())


def _metadata(alert: Object, news: News) -> dict[str, str]:
    """The alert's own facts, then those of the controller, without its group before them."""
    spec = alert["spec"]
    found: dict[str, str] = dict(spec.get("eventMetadata") or {})
    if spec.get("summary"):
        found["summary"] = spec["summary"]
    prefix = f"{group_of(news.obj['apiVersion'])}/"
    for key, value in news.metadata.items():
        if key.startswith(prefix):
            found[key.removeprefix(prefix)] = value
    return found
