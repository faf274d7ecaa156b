"""One HTTP conversation with a Kubernetes API: JSON in, JSON or lines out, Status as errors."""

import contextlib
import copy
import threading
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from gitops_lab.kube.config import Endpoint
from gitops_lab.kube.errors import error_of, unreachable

Params = Mapping[str, str | int | bool]
JSON = "application/json"
_CONNECTIONS = 64
_BLOCK = 65536


class Transport:
    """Keep-alive connections to one API server. Safe to use from many threads."""

    def __init__(self, endpoint: Endpoint, user_agent: str) -> None:
        self.server = endpoint.server
        self._endpoint = endpoint
        self._user_agent = user_agent
        self._base = urlsplit(endpoint.server).path
        self._pool = _pool_of(endpoint)
        self._headers: Mapping[str, str] = {}

    def with_headers(self, headers: Mapping[str, str]) -> "Transport":
        """Another one over the same connections, which sends these headers along."""
        other = copy.copy(self)
        other._headers = {**self._headers, **headers}
        return other

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Any:
        """The parsed JSON answer (bytes where it is something else). Raises ApiError."""
        response = self._send(
            method, path, params=params, body=body, headers=headers, timeout=timeout
        )
        return _parsed(response.data, response.headers.get("Content-Type", ""))

    def lines(
        self, path: str, params: Params, stop: threading.Event | None, timeout: float
    ) -> Iterator[bytes]:
        """Each line of an answer that goes on. Ends when the server ends it or `stop` is set.

        Raises ApiError, also when the connection breaks in the middle.
        """
        for line in _lines_of(self.blocks(path, params, stop=stop, timeout=timeout)):
            if stop is not None and stop.is_set():
                return
            yield line

    def blocks(
        self,
        path: str,
        params: Params,
        *,
        stop: threading.Event | None = None,
        timeout: float | None = None,
    ) -> Iterator[bytes]:
        """The bytes of an answer as they come."""
        response = self._send("GET", path, params=params, timeout=timeout, preload=False)
        closer = _Closer(response, stop)
        try:
            while block := response.read1(_BLOCK):
                yield block
        except (HTTPError, OSError, ValueError) as error:
            if stop is None or not stop.is_set():
                raise unreachable(self.server, error) from error
        finally:
            closer.close()

    def relay(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        stop: threading.Event,
    ) -> "Answer":
        """The answer to somebody else's request, whatever its status, byte for byte.

        Only the credentials are ours. Raises ApiError where there is no answer.
        """
        sent = {**headers, **self._headers}
        if authorization := self._endpoint.authorization():
            sent["Authorization"] = authorization
        response = self._open(method, target, body=body, headers=sent, timeout=None, preload=False)
        return Answer(self.server, response, stop)

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        preload: bool = True,
    ) -> Any:
        own = {"User-Agent": self._user_agent, "Accept": JSON, **self._headers}
        sent = {**own, **(headers or {})}
        if authorization := self._endpoint.authorization():
            sent["Authorization"] = authorization
        if body is not None:
            sent.setdefault("Content-Type", JSON)
        response = self._open(
            method,
            path + _query(params),
            body=None if body is None else orjson.dumps(body),
            headers=sent,
            timeout=timeout,
            preload=preload,
        )
        if response.status >= 400:
            raise error_of(_status_of(response), response.status)
        return response

    def _open(
        self,
        method: str,
        target: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float | None,
        preload: bool,
    ) -> Any:
        try:
            return self._pool.urlopen(
                method,
                self._base + target,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=10, read=timeout),
                preload_content=preload,
                retries=False,
            )
        except (HTTPError, OSError) as error:
            raise unreachable(self.server, error) from error


class Answer:
    """A response that is passed on; it must be closed. Setting `stop` by `stop_streams` ends it."""

    def __init__(self, server: str, response: Any, stop: threading.Event) -> None:
        self.status = int(response.status)
        self.headers: list[tuple[str, str]] = list(response.headers.items())
        self._server, self._response, self._stop = server, response, stop
        self._closer = _Closer(response, stop)

    def blocks(self) -> Iterator[bytes]:
        """The bytes as they come, compressed if they are. Raises ApiError when it breaks off."""
        try:
            while block := self._response.read1(_BLOCK, decode_content=False):
                yield block
        except (HTTPError, OSError, ValueError) as error:
            raise unreachable(self._server, error) from error

    def close(self) -> None:
        """Give the connection back, or end it when there is more to come."""
        self._closer.close()


class _Closer:
    """Ends a response that a thread waits for, when another thread sets the stop event.

    Events can't be waited for together with a socket, so whoever stops calls `shut_all`.
    """

    _open: ClassVar[dict[int, list["_Closer"]]] = {}
    _lock: ClassVar = threading.Lock()

    def __init__(self, response: Any, stop: threading.Event | None) -> None:
        self._response, self._stop = response, stop
        if stop is not None:
            with self._lock:
                self._open.setdefault(id(stop), []).append(self)
            if stop.is_set():
                self.shut()

    def shut(self) -> None:
        # RuntimeError: all of it has come, and the connection went back to the pool.
        with contextlib.suppress(HTTPError, OSError, ValueError, AttributeError, RuntimeError):
            self._response.shutdown()

    def close(self) -> None:
        if self._stop is not None:
            with self._lock:
                waiting = self._open.get(id(self._stop), [])
                if self in waiting:
                    waiting.remove(self)
                if not waiting:
                    self._open.pop(id(self._stop), None)
        with contextlib.suppress(HTTPError, OSError, ValueError):
            self._response.close()

    @classmethod
    def shut_all(cls, stop: threading.Event) -> None:
        with cls._lock:
            waiting = list(cls._open.get(id(stop), []))
        for closer in waiting:
            closer.shut()


def stop_streams(stop: threading.Event) -> None:
    """Set the event and end at once every stream that was opened with it."""
    stop.set()
    _Closer.shut_all(stop)


def quoted(segment: str) -> str:
    """One segment of a path; a name can't add segments of its own."""
    return quote(segment, safe=":")


def _pool_of(endpoint: Endpoint) -> Any:
    parts = urlsplit(endpoint.server)
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(parts.hostname or "", parts.port, maxsize=_CONNECTIONS)
    return urllib3.HTTPSConnectionPool(
        parts.hostname or "", parts.port, maxsize=_CONNECTIONS, ssl_context=endpoint.tls
    )


def _query(params: Params | None) -> str:
    if not params:
        return ""
    pairs = {k: str(v).lower() if isinstance(v, bool) else v for k, v in params.items() if v != ""}
    return f"?{urlencode(pairs)}" if pairs else ""


def _parsed(data: bytes, content_type: str) -> Any:
    return orjson.loads(data) if data and "json" in content_type else data


def _status_of(response: Any) -> dict[str, Any]:
    data = response.data
    with contextlib.suppress(orjson.JSONDecodeError):
        status = orjson.loads(data)
        if isinstance(status, dict) and status.get("kind") == "Status":
            return status
    text = data.decode(errors="replace").strip() or response.reason
    return {"message": str(text)[:2000], "reason": ""}


def _lines_of(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from (line for line in lines if line)
    if rest:
        yield rest
