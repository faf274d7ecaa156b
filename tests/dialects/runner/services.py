"""What stands around the cluster of the cases: a registry, a place that alerts are sent to and that
charts come from.
"""

import gzip
import hashlib
import http.client
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.kube import Object
from gitops_lab.registry import RegistryStore, Seed, publish
from gitops_lab.registry.manifests import OCI_MANIFEST
from gitops_lab.registry.server import RegistryServer
from tests.dialects.runner.kinds import ANSWER, INBOX

TOKEN = "token-of-the-cases"
REGISTRY, LISTENER = "registry.test", "http://listener.test"
"""What stands in the cases for their addresses."""

_CONFIG = "application/vnd.cncf.flux.config.v1+json"
_LAYER = "application/vnd.cncf.flux.content.v1.tar+gzip"
_CREATED = "2026-01-01T00:00:00Z"
_SIGNS = ("X-Signature", "Gotk-Component")


class Services:
    """Shared by all cases; each has its own repositories and its own path."""

    def __init__(self, registry: RegistryServer, server: "_Listener") -> None:
        self.registry = registry
        self._server = server

    @property
    def listener(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def image(self, repository: str, tag: str) -> None:
        """Push an image; the same name and tag have the same digest."""
        publish(self.registry.store, [Seed(f"{repository}:{tag}", command=(repository, tag))])

    def artifact(self, repository: str, tag: str, files: Mapping[str, str]) -> None:
        """Push files, as `flux push artifact` does; the same files have the same digest."""
        store = self.registry.store
        layer, config = _archive(files), b"{}"
        rows = {
            "config": (_CONFIG, store.put_blob(repository, config), len(config)),
            "layer": (_LAYER, store.put_blob(repository, layer), len(layer)),
        }
        described = {
            name: {"mediaType": kind, "digest": digest, "size": size}
            for name, (kind, digest, size) in rows.items()
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": described["config"],
            "layers": [described["layer"]],
            "annotations": {
                "org.opencontainers.image.source": "https://git.test/web",
                "org.opencontainers.image.revision": f"{tag}@sha1:none",
            },
        }
        store.put_manifest(repository, tag, OCI_MANIFEST, json.dumps(manifest).encode())

    def chart(self, path: str, name: str, version: str, files: Mapping[str, str]) -> None:
        """Publish a version of a chart in the Helm repository at a path of the listener's."""
        described = {"apiVersion": "v2", "name": name, "version": version}
        texts = {"Chart.yaml": json.dumps(described), **files}
        content = _archive({f"{name}/{file}": text for file, text in texts.items()})
        served, archive = self._server.files, f"{name}-{version}.tgz"
        served[f"/{path}/{archive}"] = content
        known = served.get(f"/{path}/index.yaml", b'{"apiVersion": "v1", "entries": {}}')
        index = json.loads(known)
        digest = hashlib.sha256(content).hexdigest()
        entry = {**described, "urls": [archive], "digest": digest, "created": _CREATED}
        index["entries"].setdefault(name, []).append(entry)
        served[f"/{path}/index.yaml"] = json.dumps(index).encode()

    def received(self, path: str) -> Object | None:
        """What has come to a path, in the order of their texts; None for nothing."""
        found = self._server.inbox.get(f"/{path}")
        if not found:
            return None
        rows = sorted(found, key=lambda row: json.dumps(row["body"].get("message")))
        return {"kind": INBOX, "metadata": {}, "data": rows}


def call(url: str, headers: Mapping[str, str], body: Any) -> Object:
    """POST to a receiver; its answer as an object. What is no text is sent as JSON."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
        connection.request("POST", parts.path, text.encode(), dict(headers))
        status = connection.getresponse().status
    finally:
        connection.close()
    return {"kind": ANSWER, "metadata": {}, "data": {"status": status}}


@contextmanager
def services(root: Path) -> Iterator[Services]:
    """Both, started."""
    registry = RegistryServer(RegistryStore(root / "registry"), TOKEN)
    registry.start()
    server = _Listener()
    threading.Thread(target=server.serve_forever, name="listener", daemon=True).start()
    try:
        yield Services(registry, server)
    finally:
        server.shutdown()
        server.server_close()
        registry.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.inbox: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        signs = {name: self.headers[name] for name in _SIGNS if name in self.headers}
        row = {"headers": signs, "body": json.loads(content)}
        self.server.inbox.setdefault(self.path, []).append(row)
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _archive(files: Mapping[str, str]) -> bytes:
    """Without a time, so that the digest depends on the files alone."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)
