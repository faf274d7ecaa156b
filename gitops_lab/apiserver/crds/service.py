"""The life of definitions: they get names, add resources, and take their objects with them.

Reacts to every committed write of a CustomResourceDefinition. Resources are added and removed at
once, before any client can see the write; what has to be written (names, conditions, the end of a
deletion) follows in one task, one definition after the other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson

from gitops_lab.apiserver.crds.names import (
    ESTABLISHED,
    TERMINATING,
    accept_names,
    condition_is,
    with_condition,
)
from gitops_lab.apiserver.crds.resources import custom_resources
from gitops_lab.apiserver.fields import on_write
from gitops_lab.apiserver.store import Collection, Entry, Event, Key, Store
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.types.registry import Registry, Resource

Object = dict[str, Any]
DeleteAll = Callable[[Resource], Awaitable[None]]

GROUP, VERSION, PLURAL = "apiextensions.k8s.io", "v1", "customresourcedefinitions"
COLLECTION = f"{GROUP}/{PLURAL}"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
MANAGER = "kube-apiserver"
log = logging.getLogger(__name__)


class CustomResources:
    """Keeps a registry in step with the stored definitions.

    `delete_all` deletes every object of a resource as a client would; it may return before
    finalizers have let the last one go.
    """

    def __init__(self, store: Store, registry: Registry, delete_all: DeleteAll) -> None:
        self._store = store
        self._registry = registry
        self._delete_all = delete_all
        self._registered: dict[str, bytes] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._endings: dict[str, asyncio.Task[None]] = {}
        self._worker: asyncio.Task[None] | None = None

    @property
    def _definitions(self) -> Collection:
        return self._store.collection(COLLECTION)

    def start(self) -> None:
        """Register what is stored, then follow changes. Call on the loop, after the store's."""
        for entry in self._definitions.entries(None):
            self._take(entry.parsed())
        self._definitions.listeners.add(self)
        self._worker = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """End the tasks; what they left undone is done after the next start."""
        self._definitions.listeners.discard(self)
        tasks = [task for task in (self._worker, *self._endings.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def offer(self, event: Event) -> None:
        """A definition was written or deleted."""
        crd = event.entry.parsed()
        if event.type == "DELETED":
            self._forget(crd)
        else:
            self._take(crd)

    def _take(self, crd: Object) -> None:
        if condition_is(crd.get("status") or {}, ESTABLISHED):
            self._register(crd)
        self._queue.put_nowait(crd["metadata"]["name"])

    def _register(self, crd: Object) -> None:
        """Serve the definition's resources, unless they are served just so already."""
        name, ending = crd["metadata"]["name"], bool(crd["metadata"].get("deletionTimestamp"))
        names = crd["status"]["acceptedNames"]
        signature = orjson.dumps([crd["spec"], names, ending])
        if self._registered.get(name) == signature:
            return
        self._registered[name] = signature
        self._registry.remove(crd["spec"]["group"], names["plural"])
        for resource in custom_resources(crd):
            self._registry.add(replace(resource, ending=ending))

    def _forget(self, crd: Object) -> None:
        if self._registered.pop(crd["metadata"]["name"], None) is not None:
            self._registry.remove(crd["spec"]["group"], crd["spec"]["names"]["plural"])
        for other in self._siblings(crd):
            # One of them may have waited for a name that is free now.
            self._queue.put_nowait(other["metadata"]["name"])

    def _siblings(self, crd: Object) -> list[Object]:
        found = (entry.parsed() for entry in self._definitions.entries(None))
        name, group = crd["metadata"]["name"], crd["spec"]["group"]
        return [
            each
            for each in found
            if each["spec"]["group"] == group and each["metadata"]["name"] != name
        ]

    async def _work(self) -> None:
        while True:
            name = await self._queue.get()
            try:
                await self._sync(name)
            except Exception:
                log.exception("definition %s: could not be brought up to date", name)

    async def _sync(self, name: str) -> None:
        entry = self._definitions.get("", name)
        if entry is None:
            return
        crd = entry.parsed()
        if crd["metadata"].get("deletionTimestamp"):
            if name not in self._endings and CLEANUP in (crd["metadata"].get("finalizers") or []):
                self._endings[name] = asyncio.create_task(self._end(name))
            return
        await self._write(name, self._named)

    def _named(self, crd: Object) -> Object | None:
        """The definition with the names that it can have; None when that changes nothing."""
        status = accept_names(crd, self._siblings(crd), now())
        return None if status == crd.get("status") else {**crd, "status": status}

    async def _end(self, name: str) -> None:
        """Delete the objects of a definition that is being deleted, then let it go."""
        try:
            await self._write(name, _ending("InstanceDeletionInProgress", True))
            entry = self._definitions.get("", name)
            if entry is not None:
                await self._empty(entry.parsed())
                await self._write(name, _ending("InstanceDeletionCompleted", False))
        except Exception:
            log.exception("definition %s: its objects could not be deleted", name)
        finally:
            self._endings.pop(name, None)

    async def _empty(self, crd: Object) -> None:
        spec = crd["spec"]
        for version in spec["versions"]:
            resource = self._registry.lookup(
                spec["group"], version["name"], spec["names"]["plural"]
            )
            if resource is not None:
                gone = _Gone(self._store.collection(f"{resource.group}/{resource.plural}"))
                await self._delete_all(resource)
                await gone.wait()
                return

    async def _write(self, name: str, change: Callable[[Object], Object | None]) -> None:
        """Write the status that `change` gives, as the server itself."""
        key = Key(COLLECTION, "", name)
        entry = await self._store.settled(key)
        new = change(entry.parsed()) if entry else None
        if entry is None or new is None:
            return
        old = self._whole(entry)
        written = on_write(
            old,
            {**new, "apiVersion": old["apiVersion"], "kind": old["kind"]},
            manager=MANAGER,
            operation="Update",
            subresource="status",
            schema=self._own.schema,
            now=now(),
            api_version=old["apiVersion"],
        )
        body = {key: value for key, value in written.items() if key not in ("apiVersion", "kind")}
        if body["metadata"].get("deletionTimestamp") and not body["metadata"].get("finalizers"):
            await self._store.remove(key, body, entry)
        else:
            await self._store.put(key, body, entry)

    @property
    def _own(self) -> Resource:
        found = self._registry.lookup(GROUP, VERSION, PLURAL)
        assert found is not None
        return found

    def _whole(self, entry: Entry) -> Object:
        head = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "CustomResourceDefinition"}
        return {**head, **entry.parsed()}


class _Gone:
    """Waits until a collection holds nothing."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._changed = asyncio.Event()

    def offer(self, event: Event) -> None:
        if event.type == "DELETED":
            self._changed.set()

    async def wait(self) -> None:
        self._collection.listeners.add(self)
        try:
            while not self._collection.is_empty():
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._collection.listeners.discard(self)


ENDINGS = {
    "InstanceDeletionInProgress": "CustomResource deletion is in progress",
    "InstanceDeletionCompleted": "removed all instances",
}


def _ending(reason: str, under_way: bool) -> Callable[[Object], Object | None]:
    """A change that says how far a deletion is; the last one takes the finalizer off."""

    def change(crd: Object) -> Object | None:
        status = dict(crd.get("status") or {})
        found = (TERMINATING, under_way, reason, ENDINGS[reason])
        status["conditions"] = with_condition(status.get("conditions") or [], found, now())
        metadata = dict(crd["metadata"])
        if not under_way:
            kept = [each for each in metadata.get("finalizers") or [] if each != CLEANUP]
            metadata["finalizers"] = kept
        return {**crd, "metadata": metadata, "status": status}

    return change
