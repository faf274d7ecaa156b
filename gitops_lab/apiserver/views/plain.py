"""Objects as they are. Stored bytes are passed on without being parsed."""

from collections.abc import Sequence
from functools import cached_property

import orjson

from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.types.golang import normal_form
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.views.base import (
    ListMeta,
    api_version,
    bookmark_metadata,
    head,
    line,
)
from gitops_lab.kube.objects import Object

JSON = "application/json"


class Plain:
    """The JSON of a resource's objects, under the apiVersion that was asked for."""

    content_type = JSON

    def __init__(self, resource: Resource) -> None:
        version = api_version(resource)
        self._resource = resource
        self.key = ("plain", version)
        self._head = head(resource.kind, version)
        self._list_head = head(resource.list_kind, version)
        # In lists, custom objects carry their kind and built-in ones do not.
        self._item_head = self._head if resource.custom else b""

    def one(self, entry: Entry) -> bytes:
        """The object."""
        return self._head + entry.body[1:]

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        """The list."""
        if self._item_head:
            items = [self._item_head + entry.body[1:] for entry in entries]
        else:
            items = [entry.body for entry in entries]
        # Custom lists say so when there is nothing to continue with.
        shown = {"continue": ""} if self._item_head else {}
        return b'%b"metadata":%b,"items":[%b]}' % (
            self._list_head,
            orjson.dumps({**shown, **meta.to_dict()}),
            b",".join(items),
        )

    def frame(self, kind: str, entry: Entry, *, first: bool) -> bytes:
        """An event."""
        return line(kind, self.one(entry))

    def bookmark(self, revision: int, *, initial_end: bool, first: bool) -> bytes:
        """A bookmark: an object of the kind with nothing but a version."""
        metadata = bookmark_metadata(revision, initial_end=initial_end)
        body = orjson.dumps({**self._nothing, "metadata": metadata})
        return line("BOOKMARK", self._head + body[1:])

    @cached_property
    def _nothing(self) -> Object:
        """An object without content, in the form of its Go struct."""
        if self._resource.custom:
            return {}
        return normal_form({"metadata": {}}, self._resource.schema.name)
