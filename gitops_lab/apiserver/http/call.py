"""One request as the verbs see it, and the answer they give."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.document import Document
from gitops_lab.apiserver.types.registry import Resource

JSON = "application/json"
Push = Callable[[bytes], bool]


@dataclass(slots=True)
class Answer:
    """A status code and bytes, or a stream of them (a watch, a log).

    `on_begin` is called when a stream's head is out, with what writes a piece past the stream: it
    returns False when that can't be now. `on_leave` is called when its client is gone. A `document`
    takes the body's place; it is kept compressed.
    """

    code: int
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    stream: AsyncGenerator[bytes, None] | None = None
    on_begin: Callable[[Push], None] | None = None
    on_leave: Callable[[], None] | None = None
    document: Document | None = None

    @classmethod
    def of(cls, content: Any, code: int = 200) -> "Answer":
        """JSON of a value."""
        return cls(code, orjson.dumps(content))


class Query:
    """The query string: last value wins for flags, all values for `command` and the like."""

    __slots__ = ("pairs",)

    def __init__(self, raw: bytes) -> None:
        self.pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else []

    def get(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter."""
        return [value for key, value in self.pairs if key == name]

    def has(self, name: str) -> bool:
        """Whether a parameter is there, with or without a value."""
        return any(key == name for key, _ in self.pairs)

    def flag(self, name: str) -> bool:
        """A boolean as Kubernetes reads one: absent, "0" and "false" are false."""
        return any(key == name and value.lower() not in ("0", "false") for key, value in self.pairs)

    def number(self, name: str) -> int | None:
        """A whole number of 0 or more, None when absent. Raises StatusError 400."""
        text = self.get(name)
        if not text:
            return None
        if not text.lstrip("-").isdigit():
            raise status.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        return int(text)


@dataclass(slots=True)
class Target:
    """What a path names. `namespace` is None when a path spans all namespaces.

    `watched` is set by the old way to ask for a watch, /api/v1/watch/….
    """

    resource: Resource
    namespace: str | None
    name: str
    subresource: str
    watched: bool = False


@dataclass(slots=True)
class Call:
    """One authenticated request on a resource."""

    method: str
    path: str
    query: Query
    headers: dict[bytes, bytes]
    user: User
    target: Target
    body: bytes = b""
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    """What admission adds to the request's line in the audit log."""

    asker: User | None = None
    """Who really asks, when `user` is whom they act as."""

    wrote: str = ""
    """The name of a created object, which the path does not tell."""

    @property
    def resource(self) -> Resource:
        """The resource of the path."""
        return self.target.resource

    def header(self, name: bytes) -> str:
        """A header's value, "" when absent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def uri(self) -> str:
        """The path with its query."""
        pairs = "&".join(f"{key}={value}" for key, value in self.query.pairs)
        return f"{self.path}?{pairs}" if pairs else self.path

    @property
    def accept(self) -> str:
        """The Accept header."""
        return self.header(b"accept")

    @property
    def media_type(self) -> str:
        """The body's media type without parameters; JSON when unsaid."""
        return self.header(b"content-type").partition(";")[0].strip().lower() or JSON

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored. Raises StatusError 422 for an unknown value."""
        values = self.query.all("dryRun")
        if any(value != "All" for value in values):
            cause = {
                "reason": "FieldValueNotSupported",
                "message": f"Unsupported value: {orjson.dumps(values).decode()}: "
                'supported values: "All"',
                "field": "dryRun",
            }
            raise status.invalid("meta.k8s.io", f"{self._options_kind}", "", [cause])
        return bool(values)

    @property
    def _options_kind(self) -> str:
        return {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}.get(
            self.method, "DeleteOptions"
        )

    @property
    def field_manager(self) -> str:
        """Who is writing: the parameter, else the first word of the User-Agent, as Kubernetes."""
        named = self.query.get("fieldManager")
        if named:
            return named
        agent = self.header(b"user-agent")
        return agent.partition("/")[0] or "unknown"
