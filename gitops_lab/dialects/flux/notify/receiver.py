"""Receiver: a webhook that asks resources to look now, as a Git host calls it after a push.

The path is in the status; the workspace's Git server answers at it.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from gitops_lab.dialects.conditions import is_true
from gitops_lab.dialects.controller import Controller, TryAgain
from gitops_lab.dialects.flux.draft import READY, RECONCILING, REQUESTED_AT, Draft
from gitops_lab.dialects.flux.durations import duration, seconds
from gitops_lab.dialects.flux.events import ERROR, INFO, News
from gitops_lab.dialects.flux.expressions import BadExpression, NotEvaluated
from gitops_lab.dialects.flux.notify.alerts import CONTROLLER
from gitops_lab.dialects.flux.notify.filters import Accepts, bad_filter, filters
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.triggers import asked_anew
from gitops_lab.dialects.kinds import FLUX_KINDS
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import labels_of, name_of, namespace_of

log = logging.getLogger(__name__)
API_VERSION, KIND = "notification.toolkit.fluxcd.io/v1", "Receiver"
PATH = "/hook/"
BAD_CEL = "InvalidCELExpression"
TERMINAL = "Reconciliation failed terminally due to configuration error"
_INTERVAL = 600.0
_SERVED = ("generic", "generic-hmac", "github", "gitlab")


class _Refused(Exception):
    """A call that is not let in; the text is only logged."""


class Receivers:
    """The controller of all Receivers, and the answer to calls."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.controller = Controller(
            context.client, API_VERSION, KIND, self._reconcile, name=CONTROLLER, wants=asked_anew
        )

    def start(self) -> None:
        """Begin to follow, and to answer."""
        self.controller.start()
        self._context.world.hooks[PATH] = self.called

    def stop(self) -> None:
        """End."""
        self._context.world.hooks.pop(PATH, None)
        self.controller.stop()

    def called(self, path: str, headers: Mapping[bytes, bytes], body: bytes) -> int:
        """Answer a call: the HTTP status."""
        receiver = next((one for one in self._receivers() if _path_of(one) == path), None)
        if receiver is None:
            return HTTPStatus.NOT_FOUND
        name = f"{namespace_of(receiver)}/{name_of(receiver)}"
        if receiver["spec"].get("suspend") or not is_true(receiver, READY):
            log.info("Receiver %s is suspended, or not ready", name)
            return HTTPStatus.SERVICE_UNAVAILABLE
        try:
            _check(receiver, self._token(receiver), headers, body)
        except _Refused as error:
            log.info("Receiver %s refuses a call: %s", name, error)
            return HTTPStatus.BAD_REQUEST
        spec = receiver["spec"]
        try:
            accepted = filters(spec, headers, body)
        except (BadExpression, ValueError) as error:
            log.info("Receiver %s can't filter: %s", name, error)
            return HTTPStatus.INTERNAL_SERVER_ERROR
        pairs = zip(spec.get("resources") or [], accepted, strict=True)
        results = [self._ask(receiver, one, accepts) for one, accepts in pairs]
        return HTTPStatus.OK if all(results) else HTTPStatus.INTERNAL_SERVER_ERROR

    def _receivers(self) -> list[Object]:
        return self._context.client.list(API_VERSION, KIND).items

    def _ask(self, receiver: Object, resource: Mapping[str, Any], accepts: Accepts) -> bool:
        """Ask one resource, or all with its labels, to reconcile; whether that could be done."""
        client = self._context.client
        kind = str(resource["kind"])
        version = resource.get("apiVersion") or FLUX_KINDS.get(kind, "")
        namespace = resource.get("namespace") or namespace_of(receiver)
        try:
            if resource["name"] == "*":
                wanted = resource.get("matchLabels")
                if not wanted:
                    raise _Refused("matchLabels field not set when using wildcard '*' as name")
                every = client.list(version, kind, namespace).items
                found = [o for o in every if wanted.items() <= labels_of(o).items()]
            else:
                found = [client.get(version, kind, resource["name"], namespace)]
            at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            for obj in filter(accepts, found):
                marks = {"metadata": {"annotations": {REQUESTED_AT: at}}}
                client.patch(obj, marks, field_manager=CONTROLLER)
        except (_Refused, NotEvaluated, ApiError) as error:
            log.info("unable to request reconciliation of %s: %s", resource, error)
            return False
        return True

    def _token(self, receiver: Object) -> str:
        """Raises _Refused."""
        name = (receiver["spec"].get("secretRef") or {}).get("name", "")
        place = f"{namespace_of(receiver)}/{name}"
        try:
            secret = self._context.client.get("v1", "Secret", name, namespace_of(receiver))
        except ApiError as error:
            told = f"unable to read token from secret '{place}' error: {error.message}"
            raise _Refused(told) from error
        token = (secret.get("data") or {}).get("token")
        if not token:
            raise _Refused(f"invalid \"{place}\" secret data: required field 'token'")
        return base64.b64decode(token).decode("utf-8", "replace")

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, CONTROLLER)
        if draft is None:
            return None
        if draft.deleting:
            draft.release()
            return None
        draft.hold()
        if draft.spec.get("suspend"):
            if draft.is_true(READY):
                draft.observed()
            draft.write()
            return None
        return self._initialize(draft)

    def _initialize(self, draft: Draft) -> float | None:
        if what := _unsupported(draft.spec):
            draft.status.pop("webhookPath", None)
            draft.stalled("UnsupportedField", what)
            draft.failed("UnsupportedField", what)
            draft.observed()
            self._finish(draft, what)
            return None
        if bad := bad_filter(draft.spec):
            told = f"{TERMINAL}: {bad}"
            draft.stalled(BAD_CEL, told)
            draft.failed(BAD_CEL, told)
            draft.observed()
            self._finish(draft, told, BAD_CEL)
            return None
        try:
            token = self._token(draft.obj)
        except _Refused as error:
            draft.status.pop("webhookPath", None)
            draft.failed("TokenNotFound", str(error))
            draft.reconciling("ProgressingWithRetry", "Reconciliation in progress")
            self._finish(draft, str(error))
            raise TryAgain(str(error)) from error
        text = f"{token}{draft.name}{draft.namespace}"
        path = f"{PATH}{hashlib.sha256(text.encode()).hexdigest()}"
        draft.status["webhookPath"] = path
        draft.unmark(RECONCILING)
        draft.mark(READY, "True", "Succeeded", f"Receiver initialized for path: {path}")
        draft.observed()
        self._finish(draft, "")
        return seconds(draft.spec.get("interval"), _INTERVAL)

    def _finish(self, draft: Draft, problem: str, reason: str = "Failed") -> None:
        draft.handled()
        draft.write()
        if problem:
            self._tell(draft, ERROR, reason, problem)
            return
        pause = duration(seconds(draft.spec.get("interval"), _INTERVAL))
        self._tell(draft, INFO, "Succeeded", f"Reconciliation finished, next run in {pause}")

    def _tell(self, draft: Draft, severity: str, reason: str, message: str) -> None:
        self._context.announcer.tell(News(draft.obj, severity, reason, message, CONTROLLER))


def _path_of(receiver: Object) -> str:
    return str((receiver.get("status") or {}).get("webhookPath") or "")


def _check(receiver: Object, token: str, headers: Mapping[bytes, bytes], body: bytes) -> None:
    """Whether the call is from who knows the token. Raises _Refused."""
    spec = receiver["spec"]
    match spec["type"]:
        case "generic":
            return
        case "generic-hmac":
            _check_signature(headers.get(b"x-signature", b""), token, body)
        case "github":
            _check_signature(headers.get(b"x-hub-signature-256", b""), token, body)
            _check_event(spec, headers.get(b"x-github-event", b"").decode("latin-1"))
        case "gitlab":
            if not hmac.compare_digest(headers.get(b"x-gitlab-token", b""), token.encode()):
                raise _Refused("the X-Gitlab-Token header value does not match the receiver token")
            _check_event(spec, headers.get(b"x-gitlab-event", b"").decode("latin-1"))


def _check_signature(given: bytes, token: str, body: bytes) -> None:
    kind, _, digest = given.decode("latin-1").partition("=")
    if kind not in ("sha1", "sha256", "sha512"):
        raise _Refused("unable to validate HMAC signature: unknown hash type")
    wanted = hmac.new(token.encode(), body, kind).hexdigest()
    if not hmac.compare_digest(digest, wanted):
        raise _Refused("unable to validate HMAC signature: payload signature check failed")


def _check_event(spec: Mapping[str, Any], event: str) -> None:
    allowed = [one.lower() for one in spec.get("events") or []]
    if allowed and event.lower() not in allowed:
        raise _Refused(f"the event {event!r} is not authorised")


def _unsupported(spec: Mapping[str, Any]) -> str:
    if spec["type"] not in _SERVED:
        told = f"spec.type {spec['type']!r} is not supported by GitOps Lab; there are: "
        return told + ", ".join(_SERVED)
    return ""
