"""The audit log: a line for each write, in Kubernetes' own form, in a file that stays small.

Writes alone are logged, not what merely reads; nor what a cluster says of itself all the time
(events, leases, and the status that controllers and nodes keep). A thread of its own writes, so
that no request waits for the disk.
"""

import logging
import os
import queue
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import orjson

from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.http.call import Call
from gitops_lab.kube.audit import MANAGER, paths
from gitops_lab.kube.objects import Object

MAX_BYTES = 8 * 1024 * 1024  # of each of two files
_READS = ("get", "list", "watch")
_CHATTER = ("events", "leases")
_SYSTEM = ("system:apiserver", "system:kube-controller-manager", "system:node:")
_REVIEWED = ("authentication.k8s.io", "authorization.k8s.io")
log = logging.getLogger(__name__)


class AuditLog:
    """Appends to `file`; once that is `max_bytes` large it becomes the older one of two."""

    def __init__(self, file: Path, max_bytes: int = MAX_BYTES) -> None:
        self._older, self._file = paths(file)
        self._max_bytes = max_bytes
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, and end. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def record(self, call: Call, verb: str, code: int, received: float) -> None:
        """Log a request that was answered with `code`; `received` is a time in seconds."""
        if is_logged(call, verb):
            self._queue.put(orjson.dumps(event(call, verb, code, received)))

    def _run(self) -> None:
        going = True
        while going:
            lines, going = self._next()
            if not lines:
                continue
            try:
                self._append(b"\n".join(lines) + b"\n")
            except OSError as error:
                # Requests go on without it: a full disk says so where objects are stored.
                log.warning("the audit log lacks %d lines: %s", len(lines), error)

    def _next(self) -> tuple[list[bytes], bool]:
        first = self._queue.get()
        lines: list[bytes] = []
        size = 0
        while first is not None:
            lines.append(first)
            size += len(first)
            if self._queue.empty() or size > self._max_bytes // 4:
                return lines, True
            first = self._queue.get()
        return lines, False

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


def event(call: Call, verb: str, code: int, received: float) -> Object:
    """The line as an object."""
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
        "stageTimestamp": _time(time.time()),
        "annotations": {
            "authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
            MANAGER: call.field_manager,
        },
    }


def _shown(user: User) -> Object:
    return {"username": user.name, "groups": list(user.groups)}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
