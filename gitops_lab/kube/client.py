"""A small REST client for any Kubernetes API: kind, a company's cluster, or the embedded one.

Synchronous and thread-safe. Objects are plain dicts, as JSON has them. Every method raises
`ApiError` (see `kube.errors`); none retries, since only the caller knows whether it may.
"""

import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson

from gitops_lab.kube.config import Endpoint, load_endpoint, static_endpoint
from gitops_lab.kube.discovery import Discovery, ResourceInfo
from gitops_lab.kube.errors import error_of
from gitops_lab.kube.objects import Object
from gitops_lab.kube.transport import JSON, Answer, Params, Transport

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_WATCH_SECONDS = 600


@dataclass(frozen=True)
class WatchEvent:
    """ADDED, MODIFIED, DELETED or BOOKMARK, with the object as it then was."""

    type: str
    object: Object


@dataclass(frozen=True)
class ListResult:
    """A collection as of `resource_version`; each item carries its apiVersion and kind."""

    items: list[Object]
    resource_version: str


class Client:
    """One Kubernetes API, spoken to as one user."""

    def __init__(
        self,
        server: str,
        *,
        token: str = "",
        ca_file: str | None = None,
        client_cert: tuple[str, str] | None = None,
        user_agent: str = "gitops-lab",
    ) -> None:
        endpoint = static_endpoint(server, token=token, ca_file=ca_file, client_cert=client_cert)
        self._start(endpoint, user_agent)

    @classmethod
    def from_kubeconfig(
        cls, path: Path, context: str | None = None, *, user_agent: str = "gitops-lab"
    ) -> "Client":
        """The client of a kubeconfig's context. Raises KubeconfigError."""
        client = cls.__new__(cls)
        client._start(load_endpoint(path, context), user_agent)
        return client

    def acting_as(self, user: str) -> "Client":
        """A client over the same connections that impersonates a user, as `kubectl --as` does."""
        client = copy.copy(self)
        client._transport = self._transport.with_headers({"Impersonate-User": user})
        return client

    def _start(self, endpoint: Endpoint, user_agent: str) -> None:
        self.server = endpoint.server
        self._transport = Transport(endpoint, user_agent)
        self._discovery = Discovery(self._transport)

    # -- reading

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Object:
        """One object. Raises NotFound."""
        path = self.resource(api_version, kind).path(namespace, name)
        return cast(Object, self._transport.request("GET", path))

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
    ) -> ListResult:
        """All objects of a kind, in all namespaces when none is named."""
        params: Params = {"labelSelector": label_selector, "fieldSelector": field_selector}
        path = self.resource(api_version, kind).path(namespace)
        answer = self._transport.request("GET", path, params=params)
        items = [
            {"apiVersion": api_version, "kind": kind, **item} for item in answer["items"] or []
        ]
        version = answer["metadata"].get("resourceVersion", "")  # what is not stored has none
        return ListResult(items, version)

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        stop: threading.Event | None = None,
    ) -> Iterator[WatchEvent]:
        """Changes since a resourceVersion, bookmarks included, until the server ends the watch.

        The server ends it after ten minutes: go on from the last resourceVersion seen. Raises
        Expired when that is too old. `transport.stop_streams(stop)` ends it at once.
        """
        params: Params = {
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": resource_version,
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "timeoutSeconds": _WATCH_SECONDS,
        }
        path = self.resource(api_version, kind).path(namespace)
        for line in self._transport.lines(path, params, stop, _WATCH_SECONDS + 30):
            event = orjson.loads(line)
            if event["type"] == "ERROR":
                raise error_of(event["object"], int(event["object"].get("code") or 0))
            yield WatchEvent(event["type"], event["object"])

    # -- writing

    def create(self, obj: Object, *, field_manager: str = "", dry_run: bool = False) -> Object:
        """Create an object; the answer is what was stored. Raises AlreadyExists, Invalid."""
        resource = self._resource_of(obj)
        path = resource.path(_namespace(obj))
        params = _write_params(field_manager, dry_run)
        return cast(Object, self._transport.request("POST", path, params=params, body=obj))

    def update(self, obj: Object, *, subresource: str = "", field_manager: str = "") -> Object:
        """Replace an object, or its status. Raises Conflict when its resourceVersion is old."""
        path = self._path_of(obj, subresource)
        params = _write_params(field_manager, False)
        return cast(Object, self._transport.request("PUT", path, params=params, body=obj))

    def patch(
        self,
        obj: Object,
        patch: Any,
        *,
        content_type: str = MERGE_PATCH,
        subresource: str = "",
        field_manager: str = "",
    ) -> Object:
        """Patch the object that `obj` names (apiVersion, kind, metadata)."""
        answer = self._transport.request(
            "PATCH",
            self._path_of(obj, subresource),
            params=_write_params(field_manager, False),
            body=patch,
            headers={"Content-Type": content_type},
        )
        return cast(Object, answer)

    def apply(
        self,
        obj: Object,
        *,
        field_manager: str,
        force: bool = False,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Object:
        """Server-side apply. Raises Conflict when others own fields and `force` is not set."""
        answer = self._transport.request(
            "PATCH",
            self._path_of(obj, subresource),
            params={**_write_params(field_manager, dry_run), "force": force},
            body=obj,
            headers={"Content-Type": APPLY_PATCH},
        )
        return cast(Object, answer)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str = "",
        *,
        propagation: str = "Background",
        uid: str = "",
        grace_seconds: int | None = None,
    ) -> Object:
        """Delete an object; only the one with that uid, if one is given. Raises NotFound."""
        options: Object = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
        }
        if uid:
            options["preconditions"] = {"uid": uid}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        path = self.resource(api_version, kind).path(namespace, name)
        return cast(Object, self._transport.request("DELETE", path, body=options))

    # -- the server itself

    def resource(self, api_version: str, kind: str) -> ResourceInfo:
        """How a kind is served. Raises UnknownKind."""
        return self._discovery.resource(api_version, kind)

    def resources(self) -> "Sequence[ResourceInfo]":
        """Everything that is served."""
        return self._discovery.resources()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float = 60.0,
    ) -> Any:
        """Any request: the parsed JSON answer, or bytes."""
        headers = {"Content-Type": content_type, "Accept": accept}
        return self._transport.request(
            method, path, params=params, body=body, headers=headers, timeout=timeout
        )

    def stream(
        self, path: str, params: Params | None = None, stop: threading.Event | None = None
    ) -> Iterator[bytes]:
        """The bytes of an answer that goes on, such as the log of a pod that is followed."""
        return self._transport.blocks(path, params or {}, stop=stop)

    def relay(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        stop: threading.Event,
    ) -> Answer:
        """The answer to another program's request, as it is: see `Transport.relay`."""
        return self._transport.relay(method, target, headers=headers, body=body, stop=stop)

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    def _resource_of(self, obj: Object) -> ResourceInfo:
        return self.resource(str(obj.get("apiVersion", "")), str(obj.get("kind", "")))

    def _path_of(self, obj: Object, subresource: str) -> str:
        name = str(obj["metadata"]["name"])
        return self._resource_of(obj).path(_namespace(obj), name, subresource)


def _namespace(obj: Object) -> str:
    return str(obj["metadata"].get("namespace") or "")


def _write_params(field_manager: str, dry_run: bool) -> dict[str, str | int | bool]:
    return {"fieldManager": field_manager, "dryRun": "All" if dry_run else ""}
