"""The audit log: a line for each write, in Kubernetes' own form, in a file that stays small.

Writes alone are logged, not what merely reads; nor what a cluster says of itself all the time
(events, leases, and the status that controllers and nodes keep). A thread of its own writes, so
that no request waits for the disk.
"""

import asyncio
import logging
import os
import queue
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.http.call import Call
from gitops_lab.kube.audit import MANAGER, paths
from gitops_lab.kube.objects import Object

MAX_BYTES = 8 * 1024 * 1024  # of each of two files
_MOMENT_SECONDS = 0.05
_READS = ("get", "list", "watch")
_CHATTER = ("events", "leases")
_SYSTEM = ("system:apiserver", "system:kube-controller-manager", "system:node:")
_REVIEWED = ("authentication.k8s.io", "authorization.k8s.io")
log = logging.getLogger(__name__)


class _Seen(NamedTuple):
    """An answered request: what becomes a line."""

    call: Call
    verb: str
    code: int
    received: float
    answered: float


class AuditLog:
    """Appends to `file`; once that is `max_bytes` large it becomes the older one of two.

    Requests of a moment are handed over together: waking the thread for each would cost more than
    all the rest. A killed process takes that moment's lines with it.
    """

    def __init__(self, file: Path, max_bytes: int = MAX_BYTES) -> None:
        self._older, self._file = paths(file)
        self._max_bytes = max_bytes
        self._queue: queue.SimpleQueue[list[_Seen] | None] = queue.SimpleQueue()
        self._seen: list[_Seen] = []
        self._planned: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="audit-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what there is, and end. Blocks."""
        self._hand_over()
        self._queue.put(None)
        self._thread.join()

    def record(self, call: Call, verb: str, code: int, received: float) -> None:
        """Log a request that was answered with `code`; `received` is a time in seconds."""
        if not is_logged(call, verb):
            return
        call.body = b""  # not logged, and not to be kept until then
        self._seen.append(_Seen(call, verb, code, received, time.time()))
        if self._planned is None:
            loop = asyncio.get_running_loop()
            self._planned = loop.call_later(_MOMENT_SECONDS, self._hand_over)

    def _hand_over(self) -> None:
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None
        seen, self._seen = self._seen, []
        if seen:
            self._queue.put(seen)

    def _run(self) -> None:
        while (seen := self._queue.get()) is not None:
            try:
                self._write([orjson.dumps(event(each)) for each in seen])
            except OSError as error:
                # Requests go on without it: a full disk says so where objects are stored.
                log.warning("the audit log lacks %d lines: %s", len(seen), error)

    def _write(self, lines: list[bytes]) -> None:
        portion: list[bytes] = []
        size = 0
        for line in lines:
            portion.append(line)
            size += len(line) + 1
            if size > self._max_bytes // 4:
                self._append(b"\n".join([*portion, b""]))
                portion, size = [], 0
        if portion:
            self._append(b"\n".join([*portion, b""]))

    def _append(self, text: bytes) -> None:
        if self._file.exists() and self._file.stat().st_size + len(text) > self._max_bytes:
            self._file.replace(self._older)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, text)
        finally:
            os.close(descriptor)


def is_logged(call: Call, verb: str) -> bool:
    """The audit policy."""
    resource = call.resource
    if verb in _READS or not verb or resource.plural in _CHATTER or resource.group in _REVIEWED:
        return False
    system = call.user.name.startswith(_SYSTEM)
    return not (system and call.target.subresource in ("status", "binding"))


def event(seen: _Seen) -> Object:
    """The line as an object."""
    call, verb, code, received, answered = seen
    resource, target = call.resource, call.target
    about: Object = {"resource": resource.plural}
    for key, value in (
        ("namespace", target.namespace),
        ("name", target.name or call.wrote),
        ("apiGroup", resource.group),
        ("apiVersion", resource.version),
        ("subresource", target.subresource),
    ):
        if value:
            about[key] = value
    found: Object = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": str(uuid.uuid4()),
        "stage": "ResponseComplete",
        "requestURI": call.uri,
        "verb": verb,
        "user": _shown(call.asker or call.user),
    }
    if call.asker is not None:
        found["impersonatedUser"] = _shown(call.user)
    return found | {
        "sourceIPs": ["127.0.0.1"],
        "userAgent": call.header(b"user-agent"),
        "objectRef": about,
        "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": _time(received),
        "stageTimestamp": _time(answered),
        "annotations": {
            "authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
            MANAGER: call.field_manager,
            **call.annotations,
        },
    }


def _shown(user: User) -> Object:
    return {"username": user.name, "groups": list(user.groups)}


def _time(seconds: float) -> str:
    shown = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    return f"{shown.removesuffix('+00:00')}Z"
