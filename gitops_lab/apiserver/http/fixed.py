"""Paths that name no resource: health, version, discovery, OpenAPI."""

import asyncio
import platform

from gitops_lab.apiserver import status
from gitops_lab.apiserver.discovery import Discovery
from gitops_lab.apiserver.document import Document
from gitops_lab.apiserver.http.call import Answer, Query
from gitops_lab.apiserver.openapi import OpenApi, takes_json
from gitops_lab.apiserver.types.registry import Registry

GIT_VERSION = "v1.37.0+embedded"
HEALTH = ("/healthz", "/livez", "/readyz")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}  # as Go calls them
_machine = platform.machine()
_PARTS = (["ping"], ["log"], ["etcd"])  # the store stands in for etcd
_VERSION = {
    "major": "1",
    "minor": "37",
    "emulationMajor": "1",
    "emulationMinor": "37",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "36",
    "gitVersion": GIT_VERSION,
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": f"python{platform.python_version()}",
    "compiler": platform.python_implementation(),
    "platform": f"{platform.system().lower()}/{_MACHINES.get(_machine, _machine)}",
}


class FixedPaths:
    """Answers of the paths outside of resources. `address` is host:port as clients reach us."""

    def __init__(self, registry: Registry, address: str) -> None:
        self._discovery = Discovery(registry, address)
        self._openapi = OpenApi(registry, GIT_VERSION)

    async def respond(self, path: str, accept: str, query: Query) -> Answer | None:
        """The answer, None when the path is none of these. Raises StatusError 404."""
        if path.startswith(HEALTH):
            return _health(path, verbose=query.has("verbose"))
        if path.rstrip("/") == "/version":
            return Answer.of(_VERSION)
        if path.startswith("/openapi/"):
            if not takes_json(accept):
                raise status.not_acceptable("application/json")
            return await self._schemas(path, query.get("hash"))
        if path in ("/", ""):
            return Answer.of({"paths": ["/api", "/apis", *HEALTH, "/openapi/v2", "/openapi/v3"]})
        document = self._discovery.respond(path, accept)
        return _of_document(document) if document else None

    async def _schemas(self, path: str, asked_hash: str) -> Answer:
        # Building a document takes a while; the loop goes on meanwhile.
        reply = await asyncio.to_thread(self._openapi.respond, path, asked_hash)
        if reply is None:
            raise status.no_such_path()
        if reply.location:
            return Answer(301, headers=[(b"location", reply.location.encode("ascii"))])
        assert reply.document is not None
        answer = _of_document(reply.document)
        answer.headers.append((b"cache-control", reply.cache_control.encode("ascii")))
        return answer


def _health(path: str, *, verbose: bool) -> Answer | None:
    """The answer of a probe or of one of its parts; None when there is no such part."""
    _, probe, *part = path.rstrip("/").split("/")
    if f"/{probe}" not in HEALTH or (part and part not in _PARTS):
        return None
    text = "ok"
    if verbose and not part:
        lines = [f"[+]{'/'.join(each)} ok" for each in _PARTS]
        text = "\n".join([*lines, f"{probe} check passed", ""])
    return Answer(200, text.encode("ascii"), "text/plain; charset=utf-8")


def _of_document(document: Document) -> Answer:
    answer = Answer(200, content_type=document.content_type, document=document)
    answer.headers = [(b"etag", document.etag.encode("ascii")), (b"vary", b"Accept")]
    return answer
