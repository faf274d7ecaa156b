"""The HTTP interface of the OCI distribution specification, version 1.1, as an ASGI application."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

from gitops_lab.asgi.basic import CHALLENGE, USER, BasicAuth
from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.registry.calls import Answer, Call, Calls
from gitops_lab.registry.errors import RegistryError, TooLarge
from gitops_lab.registry.manifests import MANIFEST_BYTES
from gitops_lab.registry.store import RegistryStore

log = logging.getLogger(__name__)
_PATH = re.compile(
    r"/v2/(?P<name>.+?)/(?P<what>manifests|blobs/uploads|blobs|tags|referrers)/(?P<rest>[^/]*)\Z"
)
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]


class RegistryApp:
    """Asks who it is, finds what is meant, streams what comes."""

    def __init__(self, store: RegistryStore, token: str) -> None:
        self._calls = Calls(store)
        self._store = store
        self._auth = BasicAuth(token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = _request(scope)
        try:
            answer = await self._answer(request, receive)
        except RegistryError as error:
            answer = _refusal(error)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            answer = _error(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", "the registry failed")
        await _send(send, answer, with_body=request.method != "HEAD")

    async def _answer(self, request: _Request, receive: Receive) -> Answer:
        if not self._auth.allows(request.headers.get(b"authorization", b"")):
            text = f"this registry wants user {USER!r} and the workspace's token"
            refused = _error(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", text)
            return Answer(
                refused.status, refused.body, {**refused.headers, b"www-authenticate": CHALLENGE}
            )
        if request.path in ("/v2", "/v2/"):
            return Answer(HTTPStatus.OK, b"{}")
        if request.path == "/v2/_catalog":
            names = {"repositories": self._store.names()}
            return Answer(HTTPStatus.OK, json.dumps(names).encode())
        found = _PATH.match(request.path)
        if found is None:
            return _error(HTTPStatus.NOT_FOUND, "UNSUPPORTED", "there is nothing at this path")
        call = Call(request.method, found["name"], found["rest"], request.query, request.headers)
        return await self._called(found["what"], call, receive)

    async def _called(self, what: str, call: Call, receive: Receive) -> Answer:
        method = "GET" if call.method == "HEAD" else call.method
        match (what, method):
            case ("manifests", "GET"):
                return self._calls.get_manifest(call)
            case ("manifests", "PUT"):
                return self._calls.put_manifest(call, await _body(receive, MANIFEST_BYTES))
            case ("manifests", "DELETE"):
                return self._calls.delete_manifest(call)
            case ("blobs", "GET"):
                return self._calls.get_blob(call)
            case ("blobs", "DELETE"):
                return self._calls.delete_blob(call)
            case ("blobs/uploads", _):
                return await self._upload(call, receive)
            case ("tags", "GET") if call.rest == "list":
                return self._calls.tags(call)
            case ("referrers", "GET"):
                return self._calls.referrers(call)
        return _error(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", f"{call.method} is not for it")

    async def _upload(self, call: Call, receive: Receive) -> Answer:
        if not call.rest:
            if call.method != "POST":
                return _error(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "use POST here")
            started = self._calls.begin_upload(call)
            if not call.query.get("digest") or started.upload == "":
                return started
            await self._stream(started.upload, receive)
            return self._calls.finish_upload(call, started.upload)
        match call.method:
            case "GET":
                return self._calls.upload_status(call)
            case "DELETE":
                return self._calls.cancel_upload(call)
            case "PATCH":
                self._calls.check_range(call)
                await self._stream(call.rest, receive)
                return self._calls.upload_status(call, HTTPStatus.ACCEPTED)
            case "PUT":
                self._calls.check_range(call)
                await self._stream(call.rest, receive)
                return self._calls.finish_upload(call, call.rest)
        return _error(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", f"{call.method} is not for it")

    async def _stream(self, upload: str, receive: Receive) -> None:
        """A piece at a time, so that memory stays bounded."""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RegistryError("the client went away.")
            if body := message.get("body", b""):
                self._store.append(upload, body)
            more = message.get("more_body", False)


def _request(scope: Scope) -> _Request:
    query = parse_qs(bytes(scope["query_string"]).decode("latin-1"))
    headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
    single = {key: values[0] for key, values in query.items()}
    return _Request(scope["method"], scope["path"], single, headers)


async def _body(receive: Receive, limit: int) -> bytes:
    found, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RegistryError("the client went away.")
        found += message.get("body", b"")
        if len(found) > limit:
            raise TooLarge(f"a manifest may have {limit >> 20} MB at most.")
        more = message.get("more_body", False)
    return found


def _refusal(error: RegistryError) -> Answer:
    return _error(HTTPStatus(error.status), error.code, f"{error.message} {error.hint}".strip())


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    body = {"errors": [{"code": code, "message": message}]}
    return Answer(status, json.dumps(body).encode())


async def _send(send: Send, answer: Answer, *, with_body: bool) -> None:
    length = answer.file.stat().st_size if answer.file else len(answer.body)
    headers = {
        b"content-type": b"application/json",
        b"content-length": str(length).encode(),
        b"docker-distribution-api-version": b"registry/2.0",
        **answer.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": int(answer.status),
            "headers": list(headers.items()),
        }
    )
    if not with_body or answer.file is None:
        await send({"type": "http.response.body", "body": answer.body if with_body else b""})
        return
    with answer.file.open("rb") as file:
        while chunk := file.read(_CHUNK):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
