"""What each request of the distribution specification does to the store, and what it answers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from gitops_lab.registry.errors import UploadOutOfOrder
from gitops_lab.registry.manifests import OCI_INDEX, read
from gitops_lab.registry.names import check_digest
from gitops_lab.registry.store import RegistryStore

_RANGE = re.compile(r"(?:bytes=)?(\d+)-(\d+)\Z")
_DIGEST = b"docker-content-digest"


@dataclass(frozen=True)
class Call:
    """A request: `rest` is what follows in the path (a tag, a digest, an upload)."""

    method: str
    name: str
    rest: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]

    def header(self, name: bytes) -> str:
        """A header, "" when it is not there."""
        return self.headers.get(name, b"").decode("latin-1")


@dataclass(frozen=True)
class Answer:
    """A response; `file` is sent in the place of the body, `upload` is one that was begun."""

    status: HTTPStatus
    body: bytes = b""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    file: Path | None = None
    upload: str = ""


class Calls:
    """Each raises RegistryError for a refusal."""

    def __init__(self, store: RegistryStore) -> None:
        self._store = store

    def get_manifest(self, call: Call) -> Answer:
        """A manifest as it was pushed."""
        found = self._store.manifest(call.name, call.rest)
        headers = {b"content-type": found.media_type.encode(), _DIGEST: found.digest.encode()}
        return Answer(HTTPStatus.OK, found.content, headers)

    def put_manifest(self, call: Call, content: bytes) -> Answer:
        """Keep it; a client that names a subject learns that it was understood."""
        media_type = call.header(b"content-type")
        digest = self._store.put_manifest(call.name, call.rest, media_type, content)
        headers = {
            b"location": f"/v2/{call.name}/manifests/{digest}".encode(),
            _DIGEST: digest.encode(),
        }
        if subject := (read(content).get("subject") or {}).get("digest"):
            headers[b"oci-subject"] = str(subject).encode()
        return Answer(HTTPStatus.CREATED, b"", headers)

    def delete_manifest(self, call: Call) -> Answer:
        """A tag or a manifest."""
        self._store.delete_manifest(call.name, call.rest)
        return Answer(HTTPStatus.ACCEPTED)

    def get_blob(self, call: Call) -> Answer:
        """The bytes, or a range of them."""
        path = self._store.blob_path(call.name, call.rest)
        headers = {
            b"content-type": b"application/octet-stream",
            _DIGEST: call.rest.encode(),
            b"accept-ranges": b"bytes",
        }
        asked = re.match(r"bytes=(\d+)-(\d*)\Z", call.header(b"range"))
        if not asked:
            return Answer(HTTPStatus.OK, b"", headers, file=path)
        size = path.stat().st_size
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if first > last:
            raise UploadOutOfOrder(f"the blob has {size} bytes.")
        with path.open("rb") as file:
            file.seek(first)
            content = file.read(last - first + 1)
        headers[b"content-range"] = f"bytes {first}-{last}/{size}".encode()
        return Answer(HTTPStatus.PARTIAL_CONTENT, content, headers)

    def delete_blob(self, call: Call) -> Answer:
        """The repository forgets it."""
        self._store.delete_blob(call.name, call.rest)
        return Answer(HTTPStatus.ACCEPTED)

    def begin_upload(self, call: Call) -> Answer:
        """Begin, or take the blob over from another repository."""
        mount, other = call.query.get("mount"), call.query.get("from")
        if mount and other and self._store.mount(call.name, check_digest(mount), other):
            return self._created(call.name, mount)
        upload = self._store.begin(call.name)
        return Answer(HTTPStatus.ACCEPTED, b"", self._place(call.name, upload), upload=upload)

    def upload_status(self, call: Call, status: HTTPStatus = HTTPStatus.NO_CONTENT) -> Answer:
        """How far it is."""
        return Answer(status, b"", self._place(call.name, call.rest))

    def cancel_upload(self, call: Call) -> Answer:
        """Forget it."""
        self._store.cancel(call.rest)
        return Answer(HTTPStatus.NO_CONTENT)

    def check_range(self, call: Call) -> None:
        """A part must follow the one before it."""
        there = self._store.uploaded(call.rest)
        found = _RANGE.match(call.header(b"content-range"))
        if call.header(b"content-range") and (not found or int(found[1]) != there):
            raise UploadOutOfOrder(f"{there} bytes are here; go on from there.")

    def finish_upload(self, call: Call, upload: str) -> Answer:
        """The upload becomes the blob that the query's digest names."""
        digest = self._store.finish(call.name, upload, call.query.get("digest", ""))
        return self._created(call.name, digest)

    def tags(self, call: Call) -> Answer:
        """Tags in order, `n` at a time after `last`."""
        every = [tag for tag in self._store.tags(call.name) if tag > call.query.get("last", "")]
        count = call.query.get("n", "")
        shown = every[: int(count)] if count.isdigit() else every
        headers = {}
        if len(shown) < len(every) and shown:
            following = f"/v2/{call.name}/tags/list?n={count}&last={quote(shown[-1])}"
            headers[b"link"] = f'<{following}>; rel="next"'.encode()
        body = json.dumps({"name": call.name, "tags": shown}).encode()
        return Answer(HTTPStatus.OK, body, headers)

    def referrers(self, call: Call) -> Answer:
        """The manifests whose subject this one is."""
        check_digest(call.rest)
        wanted = call.query.get("artifactType", "")
        found = []
        for digest in self._store.manifests(call.name) if self._known(call.name) else []:
            kept = self._store.manifest(call.name, digest)
            manifest = read(kept.content)
            if (manifest.get("subject") or {}).get("digest") != call.rest:
                continue
            kind = manifest.get("artifactType") or (manifest.get("config") or {}).get("mediaType")
            if not wanted or kind == wanted:
                row = {"mediaType": kept.media_type, "digest": digest, "size": len(kept.content)}
                notes = {"artifactType": kind, "annotations": manifest.get("annotations")}
                found.append({**row, **{key: value for key, value in notes.items() if value}})
        body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
        headers = {b"content-type": OCI_INDEX.encode()}
        if wanted:
            headers[b"oci-filters-applied"] = b"artifactType"
        return Answer(HTTPStatus.OK, json.dumps(body).encode(), headers)

    def _known(self, name: str) -> bool:
        return name in self._store.names()

    def _place(self, name: str, upload: str) -> dict[bytes, bytes]:
        size = self._store.uploaded(upload)
        return {
            b"location": f"/v2/{name}/blobs/uploads/{upload}".encode(),
            b"range": f"0-{max(size - 1, 0)}".encode(),
            b"docker-upload-uuid": upload.encode(),
        }

    def _created(self, name: str, digest: str) -> Answer:
        headers = {b"location": f"/v2/{name}/blobs/{digest}".encode(), _DIGEST: digest.encode()}
        return Answer(HTTPStatus.CREATED, b"", headers)
