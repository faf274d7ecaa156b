"""The page's addresses, and what every request has to pass before it gets to one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gitops_lab.web import view
from gitops_lab.web.detail import detail_of
from gitops_lab.web.facts import State
from gitops_lab.web.guard import COOKIE, HEADERS, Guard, is_local
from gitops_lab.web.live import Live
from gitops_lab.web.stream import Stream
from gitops_lab.web.view import Looking
from gitops_lab.workspace.notes import read_notes

_STATIC = Path(__file__).with_name("static")
_FILES = {"page.css": "text/css", "page.js": "text/javascript"}
_MOST_FORM = 4096
_FIRST_LISTS = 2.0


class Gate:
    """Local names only, the cookie, and the headers that keep strangers' scripts out."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        refusal = self._refusal(request)
        answer: ASGIApp = refusal if refusal is not None else self._app

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await answer(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        guard = self._guard
        if not is_local(request.headers.get("host", "")):
            return PlainTextResponse("This page answers to 127.0.0.1 only.", 421)
        if not request.url.path.startswith(f"{guard.base}/"):
            return PlainTextResponse("Not found.", 404)
        key = request.query_params.get("key", "")
        if key and request.method == "GET" and guard.is_key(key):
            return self._welcome(request)
        if not guard.knows(request.cookies.get(COOKIE, "")):
            return PlainTextResponse("`gitops-lab open` makes the link to this page.", 401)
        return None

    def _welcome(self, request: Request) -> Response:
        rest = [(k, v) for k, v in request.query_params.multi_items() if k != "key"]
        query = f"?{urlencode(rest)}" if rest else ""
        answer = RedirectResponse(f"{request.url.path}{query}", 303)
        answer.set_cookie(
            COOKIE, self._guard.cookie, httponly=True, samesite="strict", path=self._guard.base
        )
        return answer


class Pages:
    """Answers requests from what is on the board."""

    def __init__(self, live: Live, guard: Guard) -> None:
        self._live = live
        self._guard = guard
        self._listed = False
        self._files = {name: (_STATIC / name).read_bytes() for name in _FILES}

    async def page(self, request: Request) -> Response:
        """The whole picture, now or then."""
        return await self._picture(request, "page.html")

    async def room(self, request: Request) -> Response:
        """The picture for a room to look at."""
        return await self._picture(request, "class.html")

    async def _picture(self, request: Request, template: str) -> Response:
        live, looking = self._live, Looking.of(request.query_params)
        if not self._listed:
            await run_in_threadpool(live.observer.wait, _FIRST_LISTS)
            await asyncio.sleep(0)  # what the lists brought is on the board now
            self._listed = True
        state = self._state(looking)
        app = view.chosen(state, looking)
        live.attend(app)
        found = None
        if looking.node:
            found = await run_in_threadpool(detail_of, live.scene, state, looking, app)
        painter = live.painter
        html = painter.page(
            template,
            title=self._title(state),
            heading=painter.title(state, live.scene.name).html,
            looking=looking,
            state=state,
            begin=live.board.timeline.begin,
            end=max(live.board.timeline.end + 0.01, live.board.timeline.begin + 1),
            apps=painter.apps(state, looking),
            pieces={piece.id: piece for piece in painter.pieces(state, looking)},
            detail=live.detail(found, looking, app),
        )
        live.painted.set()
        return HTMLResponse(html)

    async def events(self, request: Request) -> Response:
        """The stream of pieces that changed."""
        stream = Stream(self._live, Looking.of(request.query_params))
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(stream.lines(), media_type="text/event-stream", headers=headers)

    async def do(self, request: Request) -> Response:
        """A button."""
        body = b""
        async for block in request.stream():
            body += block
            if len(body) > _MOST_FORM:
                return PlainTextResponse("Too large.", 413)
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8")).items()}
        if not self._guard.may_post(request.headers, form.get("form", "")):
            return PlainTextResponse("Refused: this form is not from the page.", 403)
        app = self._live.board.state.get("app", form.get("app", ""))
        if not self._live.verbs.ask(form.get("verb", ""), app):
            return PlainTextResponse("There is no such verb, or no such app.", 400)
        query = Looking(app=form.get("app", "")).query()
        return RedirectResponse(f"{self._guard.base}/{query}", 303)

    async def notes(self, request: Request) -> Response:
        """What the presenter says, and what comes next."""
        live = self._live
        notes = await run_in_threadpool(read_notes, live.scene.root)
        html = live.painter.page("notes.html", title=self._title(live.board.state), notes=notes)
        return HTMLResponse(html)

    async def static(self, request: Request) -> Response:
        """One of the files that the page needs."""
        name = request.path_params["name"]
        if name not in _FILES:
            return PlainTextResponse("Not found.", 404)
        return Response(self._files[name], media_type=_FILES[name])

    def _state(self, looking: Looking) -> State:
        board = self._live.board
        return board.timeline.at(looking.at) if looking.at else board.state

    def _title(self, state: State) -> str:
        lab = state.get("lab")
        return lab.title if lab and lab.name else self._live.scene.name


def application(live: Live, guard: Guard) -> ASGIApp:
    """Everything below the workspace's own path."""
    pages = Pages(live, guard)
    endpoints: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/", pages.page, "GET"),
        ("/events", pages.events, "GET"),
        ("/do", pages.do, "POST"),
        ("/notes", pages.notes, "GET"),
        ("/class", pages.room, "GET"),
        ("/static/{name}", pages.static, "GET"),
    ]
    routes = [Route(path, call, methods=[method]) for path, call, method in endpoints]
    return Starlette(
        routes=[Mount(guard.base, routes=routes)], middleware=[Middleware(Gate, guard=guard)]
    )
