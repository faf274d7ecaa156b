"""The server as its own client: what it writes goes the same way as everybody's writes."""

from collections.abc import Mapping

import orjson

from gitops_lab.apiserver.config import ADMIN_GROUP, User
from gitops_lab.apiserver.dispatch import dispatch
from gitops_lab.apiserver.http.call import Answer, Call, Query, Target
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.kube.objects import Object, split_api_version

SELF = User("system:apiserver", (ADMIN_GROUP,))
_HEADERS: Mapping[bytes, bytes] = {b"user-agent": b"kube-apiserver/v1.37"}


class Internal:
    """Requests without HTTP."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def create(self, obj: Object) -> Answer:
        """POST an object of a served kind. Raises StatusError."""
        resource = self._resource(obj)
        namespace = obj["metadata"].get("namespace")
        target = Target(resource, namespace, "", "")
        return await self._send("POST", target, obj)

    async def replace(self, obj: Object) -> Answer:
        """PUT an object. Raises StatusError."""
        metadata = obj["metadata"]
        target = Target(self._resource(obj), metadata.get("namespace"), metadata["name"], "")
        return await self._send("PUT", target, obj)

    async def delete_all(self, resource: Resource) -> None:
        """Delete every object of a resource, as a client would."""
        await self._send("DELETE", Target(resource, None, "", ""), None)

    def has(self, obj: Object) -> bool:
        """Whether there is an object of that name."""
        metadata = obj["metadata"]
        collection = self._api.served(self._resource(obj)).collection
        return collection.get(metadata.get("namespace", ""), metadata["name"]) is not None

    def _resource(self, obj: Object) -> Resource:
        group, version = split_api_version(obj["apiVersion"])
        resource = self._api.registry.by_kind(group, version, obj["kind"])
        assert resource is not None
        return resource

    async def _send(self, method: str, target: Target, body: Object | None) -> Answer:
        raw = orjson.dumps(body) if body is not None else b""
        call = Call(method, "", Query(b""), dict(_HEADERS), SELF, target, raw)
        return await dispatch(self._api, call)
