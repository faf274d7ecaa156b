"""Telling others what became of an App: webhooks, Slack, a status beside the commit.

On a thread of its own: nobody waits for somebody else's server.
"""

import json
import logging
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.engine.app import App
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.status import Status
from gitops_lab.engine.sync_spec import Channel, Notification
from gitops_lab.git import GitError, Repositories
from gitops_lab.git.notes import set_line

log = logging.getLogger(__name__)
_SECONDS = 5.0
_TRIES = 3
_PAUSE = 0.5
_WAITING = 1000


@dataclass(frozen=True)
class Message:
    """One piece of news: `kind` Normal or Warning, `reason` a word, `text` a sentence."""

    app: App
    status: Status
    kind: str
    reason: str
    text: str

    def as_data(self) -> dict[str, Any]:
        """What a webhook gets."""
        status = self.status
        return {
            "app": self.app.id,
            "kind": self.kind,
            "reason": self.reason,
            "message": self.text,
            "revision": status.revision,
            "sync": str(status.sync),
            "health": str(status.health.status),
            "repository": self.app.source.origin,
            "time": stamp(now()),
        }


class Notifier:
    """Sends what Apps ask to be sent; what can't be sent is logged and dropped."""

    def __init__(self, repositories: Repositories | None = None) -> None:
        self._repositories = repositories
        self._queue: queue.Queue[tuple[Notification, Message] | None] = queue.Queue(_WAITING)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what is waiting, for two seconds at most, and end."""
        self._ended.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def tell(self, message: Message) -> None:
        """Queue a message for everyone who asked for its like."""
        for notification in message.app.options.notifications:
            if notification.reasons and message.reason not in notification.reasons:
                continue
            try:
                self._queue.put_nowait((notification, message))
            except queue.Full:
                log.warning("dropped a notification of %s: %s", message.app.id, message.reason)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            notification, message = work
            try:
                self._send(notification, message)
            except (OSError, GitError) as error:
                log.warning("telling of %s: %s", message.app.id, error)

    def _send(self, notification: Notification, message: Message) -> None:
        if notification.channel is Channel.COMMIT_STATUS:
            return self._write_note(message)
        slack = notification.channel is Channel.SLACK
        body = {"text": _line(message)} if slack else message.as_data()
        for left in reversed(range(_TRIES)):
            try:
                return _post(notification.url, body)
            except OSError:
                if not left or self._ended.wait(_PAUSE):
                    raise
        return None

    def _write_note(self, message: Message) -> None:
        source = message.app.source
        if self._repositories is None or source.chart or not message.status.revision:
            return
        state = "failure" if message.kind == "Warning" else "success"
        text = f"{state} {message.reason}: {message.text}"
        repository = self._repositories.path(source.repo)
        set_line(repository, message.status.revision, message.app.id, text)


def _line(message: Message) -> str:
    mark = ":warning:" if message.kind == "Warning" else ":white_check_mark:"
    return f"{mark} *{message.app.id}* {message.reason}: {message.text}"


def _post(url: str, body: Mapping[str, Any]) -> None:
    """Send JSON. Raises OSError, also for an answer that is not 2xx."""
    import http.client  # late: it takes 30 ms

    address = urlsplit(url)
    secure = address.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_SECONDS)
    path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
    try:
        connection.request(
            "POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        status = connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(f"{address.hostname} answered nonsense: {error!r}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise OSError(f"{address.hostname} answered {status}")
