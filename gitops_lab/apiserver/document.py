"""A ready-made answer: the same bytes for every client until something changes."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

JSON = "application/json"


@dataclass(frozen=True)
class Document:
    """A cached JSON answer, kept gzip'ed since that is what nearly every client accepts.

    `etag` is quoted, ready for the header of that name. `digest` is the same without quotes.
    """

    zipped: bytes
    content_type: str
    digest: str

    @classmethod
    def of(cls, content: Any, content_type: str = JSON) -> "Document":
        """The document that holds `content`, which anything that orjson can write."""
        body = orjson.dumps(content)
        digest = hashlib.sha256(body).hexdigest().upper()
        return cls(gzip.compress(body, compresslevel=6, mtime=0), content_type, digest)

    @property
    def etag(self) -> str:
        """Entity tag: changes with the content, and only with it."""
        return f'"{self.digest}"'

    def body(self) -> bytes:
        """The plain JSON."""
        return gzip.decompress(self.zipped)
