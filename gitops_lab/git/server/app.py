"""The ASGI application: three kinds of request of git's smart HTTP protocol, and nothing else.

See gitprotocol-http(5): `GET /NAME.git/info/refs?service=…`, `POST /NAME.git/git-upload-pack`
and `POST /NAME.git/git-receive-pack`. One of our own stands beside them:
`POST /NAME.git/announce` says that refs were moved without a push.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs

from gitops_lab.asgi.basic import CHALLENGE, BasicAuth
from gitops_lab.git.names import is_repository_name
from gitops_lab.git.pushes import PushTeller
from gitops_lab.git.repositories import Repositories
from gitops_lab.git.server.backend import Backend, Call
from gitops_lab.git.server.relay import (
    BackendFailed,
    BodyTooLarge,
    ClientGone,
    Message,
    Receive,
    Relay,
    Send,
)
from gitops_lab.git.server.streams import Subscribe, tell_lines

_PATH = re.compile(
    r"/(?P<repo>[^/]+?)(\.git)?/(?P<what>info/refs|git-upload-pack|git-receive-pack|announce)\Z"
)
_SERVICES = ("git-upload-pack", "git-receive-pack")
_MARGIN = 16 * 1024 * 1024
"""What we still take above git's own limit, so that git can say why it refuses."""


Hook = Callable[[str, Mapping[bytes, bytes], bytes], int]
"""Path, headers (lower case) and body of a call -> the HTTP status of the answer."""
_HOOK_BYTES = 1024 * 1024


class _Refusal(Exception):
    """An answer instead of what was asked for, in plain text, which git shows to its user."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


@dataclass(frozen=True)
class Beside:
    """What is served beside the repositories.

    `pages` are texts and `streams` lines that go on, both by path and to who has the token;
    `hooks` answer a POST that needs none, by how its path begins.
    """

    pages: dict[str, Callable[[], str]] = field(default_factory=dict)
    streams: dict[str, Subscribe] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)


@dataclass(frozen=True)
class _Request:
    repo: str
    what: str
    service: str
    method: str
    headers: Mapping[bytes, bytes]


class GitApp:
    """Checks the request, runs the backend, tells what a push changed."""

    def __init__(
        self,
        repositories: Repositories,
        auth: BasicAuth,
        backend: Backend,
        teller: PushTeller,
        beside: Beside,
    ) -> None:
        self._repositories = repositories
        self._auth = auth
        self._backend = backend
        self._teller = teller
        self._beside = beside

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return None
        hook = next(
            (h for start, h in self._beside.hooks.items() if scope["path"].startswith(start)), None
        )
        try:
            if hook is not None:
                await _call_hook(hook, scope, receive)
            headers = self._admitted(scope)
            stream = self._beside.streams.get(scope["path"])
            if stream is not None and scope["method"] == "GET":
                return await tell_lines(stream, receive, send)
            request = self._check(scope, headers)
            if request.what == "announce":
                self._teller.tell(request.repo, self._repositories.path(request.repo))
                raise _Refusal(200, "Thank you.")
            await self._serve(request, receive, send)
        except _Refusal as refusal:
            await _refuse(send, refusal)

    def _admitted(self, scope: Message) -> Mapping[bytes, bytes]:
        """The headers of who has the token."""
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        if not self._auth.allows(headers.get(b"authorization", b"")):
            raise _Refusal(
                401,
                "This Git server wants user 'learner' and the workspace's token.",
                (b"www-authenticate", CHALLENGE),
            )
        return headers

    def _check(self, scope: Message, headers: Mapping[bytes, bytes]) -> _Request:
        page = self._beside.pages.get(scope["path"])
        if page is not None and scope["method"] == "GET":
            raise _Refusal(200, page())
        found = _PATH.match(scope["path"])
        if not found or not is_repository_name(found["repo"]):
            raise _Refusal(404, "There is no such repository here.")
        request = _Request(
            found["repo"], found["what"], _service(found["what"], scope), scope["method"], headers
        )
        self._check_request(request)
        return request

    def _check_request(self, request: _Request) -> None:
        if not self._repositories.exists(request.repo):
            known = ", ".join(self._repositories.names()) or "none yet"
            raise _Refusal(404, f"There is no repository {request.repo!r}; there are: {known}.")
        wanted = "GET" if request.what == "info/refs" else "POST"
        if request.method != wanted:
            raise _Refusal(405, f"Use {wanted} here.", (b"allow", wanted.encode()))
        if request.what == "info/refs" and request.service not in _SERVICES:
            raise _Refusal(403, "This server speaks git's smart protocol only.")
        length = request.headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self._backend.max_push + _MARGIN:
            raise self._too_large()

    async def _serve(self, request: _Request, receive: Receive, send: Send) -> None:
        pushing = request.what == "git-receive-pack"
        repository = self._repositories.path(request.repo)
        self._teller.watch(request.repo, repository)

        def finish() -> None:
            if pushing:
                self._teller.tell(request.repo, repository)

        async with self._backend.running(_call(request)) as process:
            limit = self._backend.max_push + _MARGIN
            relay = Relay(process, receive, send, limit=limit, finish=finish)
            try:
                await relay.run()
            except BodyTooLarge:
                if not relay.answered:
                    raise self._too_large() from None
            except BackendFailed:
                raise _Refusal(500, "git http-backend gave no answer.") from None
            except ClientGone:
                finish()

    def _too_large(self) -> _Refusal:
        limit = self._backend.max_push // (1024 * 1024)
        return _Refusal(413, f"A push may have {limit} MB at most; this one has more.")


def _service(what: str, scope: Message) -> str:
    if what != "info/refs":
        return what
    query = parse_qs(bytes(scope["query_string"]).decode("latin-1"))
    return query.get("service", [""])[0]


def _call(request: _Request) -> Call:
    discovery = request.what == "info/refs"
    return Call(
        method=request.method,
        path=f"/{request.repo}.git/{request.what}",
        query=f"service={request.service}" if discovery else "",
        headers=request.headers,
    )


async def _call_hook(hook: Hook, scope: Message, receive: Receive) -> None:
    """Ask whoever answers, on a thread. Raises _Refusal with the answer."""
    if scope["method"] != "POST":
        raise _Refusal(405, "Use POST here.", (b"allow", b"POST"))
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _HOOK_BYTES:
            raise _Refusal(413, "A webhook's body may have 1 MB at most.")
        more = message.get("more_body", False)
    headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
    status = await asyncio.to_thread(hook, scope["path"], headers, body)
    raise _Refusal(status, HTTPStatus(status).phrase)


async def _refuse(send: Send, refusal: _Refusal) -> None:
    body = f"{refusal.text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *refusal.headers,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
