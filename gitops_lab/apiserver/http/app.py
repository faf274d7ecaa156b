"""The ASGI application: checks who is asking, finds what is meant, sends what the verbs answer."""

import logging
import time
from dataclasses import replace
from urllib.parse import unquote

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.dispatch import asked_by, dispatch, verb_of
from gitops_lab.apiserver.http.asgi import Disconnected, read_body
from gitops_lab.apiserver.http.call import Answer, Call, Query
from gitops_lab.apiserver.http.fixed import FixedPaths
from gitops_lab.apiserver.http.routing import resource_target, serves_version
from gitops_lab.apiserver.http.sending import send_answer
from gitops_lab.apiserver.http.warnings import warning_headers
from gitops_lab.apiserver.proxy.streams import relay, stream_place
from gitops_lab.apiserver.rbac import Attributes
from gitops_lab.apiserver.rbac.attributes import of_unserved
from gitops_lab.apiserver.rbac.impersonation import acting_as, impersonates, wanted_user
from gitops_lab.apiserver.served import Api
from gitops_lab.asgi.names import Receive, Scope, Send

log = logging.getLogger(__name__)
_BODIES = ("POST", "PUT", "PATCH", "DELETE")


class Application:
    """One for each server. `hosts` are the names under which clients may address it."""

    def __init__(self, api: Api, fixed: FixedPaths, hosts: frozenset[str]) -> None:
        self._api = api
        self._fixed = fixed
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] == "websocket":
            await self._stream(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            answer = await self._answer(scope, receive, headers)
        except Disconnected:
            return
        except status.StatusError as error:
            answer = _refusal(error)
        except Exception as error:
            log.exception("%s %s", scope["method"], scope["path"])
            answer = _refusal(status.internal(f"{type(error).__name__}: {error}"))
        await send_answer(scope, receive, send, answer, headers)

    async def _answer(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> Answer:
        path: str = scope["path"]
        self._check_host(headers)
        user = self._user(headers)
        query = Query(scope["query_string"])
        target = resource_target(self._api.registry, path)
        if target is None:
            self._judge(of_unserved(user, scope["method"], path), scope)
            if scope["method"] in _BODIES:
                await read_body(receive, headers)
            return await self._fixed_answer(path, headers, query)
        call = Call(scope["method"], path, query, headers, user, target)
        if self._api.audit is None or scope["method"] not in _BODIES:
            return await self._resource_answer(call, scope, receive)
        received, code = time.time(), 500
        try:
            answer = await self._resource_answer(call, scope, receive)
            code = answer.code
        except status.StatusError as error:
            code = error.code
            raise
        finally:
            self._api.audit.record(call, verb_of(call), code, received)
        return answer

    async def _resource_answer(self, call: Call, scope: Scope, receive: Receive) -> Answer:
        if not call.user.is_admin or impersonates(scope["headers"]):
            self._judge(asked_by(call, verb_of(call)), scope, call)
        if call.method in _BODIES:
            call.body = await read_body(receive, call.headers)
        try:
            answer = await dispatch(self._api, call)
        except status.StatusError as error:
            error.warnings = call.warnings
            raise
        answer.headers += warning_headers(call.warnings)
        return answer

    async def _fixed_answer(self, path: str, headers: dict[bytes, bytes], query: Query) -> Answer:
        accept = headers.get(b"accept", b"").decode("latin-1")
        answer = await self._fixed.respond(path, accept, query)
        return answer or self._nothing(path)

    def _nothing(self, path: str) -> Answer:
        """404: with a Status below a group and version that is served, else in plain text."""
        if serves_version(self._api.registry, path):
            raise status.no_such_path()
        return Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        """A page in a browser must not reach us under a name of its own (DNS rebinding)."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts:
            raise status.StatusError(421, "", f"this server does not answer for host {host!r}")

    def _user(self, headers: dict[bytes, bytes]) -> User:
        user = self._api.authenticator.user(headers.get(b"authorization", b""))
        if user is None:
            raise status.unauthorized()
        return user

    def _judge(self, asked: Attributes, scope: Scope, call: Call | None = None) -> None:
        """Whether a request is allowed; the call gets the user that it acts as. StatusError 403."""
        wanted = wanted_user(scope["headers"])
        if wanted is not None:
            wanted = acting_as(self._api.authorizer, wanted, asked)
            if call is not None:
                call.asker, call.user = asked.user, wanted
            asked = replace(asked, user=wanted)
        self._api.authorizer.require(asked)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            self._check_host(headers)
            user = self._user(headers)
            target = resource_target(self._api.registry, unquote(scope["path"]))
            if target is None or not target.subresource:
                self._judge(of_unserved(user, "GET", scope["path"]), scope)
                raise status.no_such_path()
            query = Query(scope["query_string"])
            call = Call("GET", scope["path"], query, headers, user, target)
            self._judge(asked_by(call, "get"), scope, call)
            # Whoever may only read must not get in by this door: it is a GET just in form.
            self._api.authorizer.require(asked_by(call, "create"))
            await relay(self._api, stream_place(self._api, call), scope, receive, send)
        except status.StatusError as error:
            await _refuse_stream(send, error)


def _refusal(error: status.StatusError) -> Answer:
    answer = Answer.of(error.status(), error.code)
    answer.headers += warning_headers(error.warnings)
    if error.code == 401:
        answer.headers.append((b"www-authenticate", b'Bearer realm="kubernetes"'))
    seconds = (error.details or {}).get("retryAfterSeconds")
    if seconds:
        answer.headers.append((b"retry-after", str(seconds).encode("ascii")))
    return answer


async def _refuse_stream(send: Send, error: status.StatusError) -> None:
    body = orjson.dumps(error.status())
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": error.code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
