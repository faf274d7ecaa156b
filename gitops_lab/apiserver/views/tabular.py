"""Tables: rows and columns for a terminal, made by tables/."""

from collections.abc import Sequence
from typing import Literal

import orjson

from gitops_lab.apiserver import tables
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.views.base import ListMeta, api_version, bookmark_metadata, line
from gitops_lab.kube.objects import Object

IncludeObject = Literal["None", "Metadata", "Object"]


class Tabular:
    """A resource's objects as rows; `include_object` is None, Metadata or Object."""

    def __init__(self, resource: Resource, version: str, include_object: IncludeObject) -> None:
        self.key = ("table", api_version(resource), version, include_object)
        self.content_type = "application/json"
        self._resource = resource
        self._version = f"meta.k8s.io/{version}"
        self._include = include_object

    @property
    def shows_objects(self) -> bool:
        """Whether rows carry whole objects."""
        return self._include == "Object"

    def one(self, entry: Entry) -> bytes:
        """A table with one row."""
        return orjson.dumps(self._table([self._object(entry)], {"resourceVersion": str(entry.rv)}))

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        """A table with a row for each object."""
        objects = [self._object(entry) for entry in entries]
        return orjson.dumps(self._table(objects, meta.to_dict()))

    def frame(self, kind: str, entry: Entry, *, first: bool) -> bytes:
        """An event with a one-row table; only the first describes the columns."""
        table = self._table([self._object(entry)], {"resourceVersion": str(entry.rv)})
        return line(kind, orjson.dumps(self._as_followup(table, first=first)))

    def bookmark(self, revision: int, *, initial_end: bool, first: bool) -> bytes:
        """A bookmark: a table whose one row is about nothing but a version."""
        metadata = bookmark_metadata(revision, initial_end=initial_end)
        meta = {"resourceVersion": str(revision)}
        table = self._table([{**self._identity(), "metadata": metadata}], meta)
        return line("BOOKMARK", orjson.dumps(self._as_followup(table, first=first)))

    def _object(self, entry: Entry) -> Object:
        return {**self._identity(), **entry.parsed()}

    def _identity(self) -> Object:
        return {"kind": self._resource.kind, "apiVersion": api_version(self._resource)}

    def _table(self, objects: list[Object], meta: Object) -> Object:
        table = tables.table(self._resource, objects, include_object=self._include, list_meta=meta)
        return {**table, "apiVersion": self._version}

    @staticmethod
    def _as_followup(table: Object, *, first: bool) -> Object:
        return table if first else {**table, "columnDefinitions": None}
