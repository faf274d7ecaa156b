"""Who owns what: owner references, adoption and release."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from gitops_lab.controllers.framework.selectors import matches
from gitops_lab.kube.client import JSON_PATCH, Client
from gitops_lab.kube.errors import Invalid, NotFound
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)

log = logging.getLogger(__name__)


def controller_reference(owner: Object, api_version: str, kind: str) -> Object:
    """The owner reference of the one controller that manages an object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controlled_by(obj: Object, owner: Object) -> bool:
    """Whether `owner` is the controller of `obj`."""
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == uid_of(owner)


def owner_references(obj: Object) -> list[Object]:
    """metadata.ownerReferences; never None."""
    return list(obj["metadata"].get("ownerReferences") or [])


def write_owners(client: Client, obj: Object, owners: list[Object]) -> Object:
    """Put these owner references on the object, if it is still the same one.

    Raises Invalid when it was replaced or its owners changed in between: the caller sees the
    change and comes again.
    """
    tests: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/uid", "value": uid_of(obj)},
    ]
    path, held = "/metadata/ownerReferences", obj["metadata"].get("ownerReferences")
    if held:
        tests.append({"op": "test", "path": path, "value": held})
    if owners:
        tests.append({"op": "add", "path": path, "value": owners})
    elif held:
        tests.append({"op": "remove", "path": path})
    return client.patch(obj, tests, content_type=JSON_PATCH)


class Claims:
    """Claims dependants for one owner: adopts matching orphans, releases what no longer matches.

    `fresh` reads the owner from the server before the first adoption: a cache may not know yet
    that the owner is being deleted.
    """

    def __init__(
        self,
        client: Client,
        owner: Object,
        reference: Object,
        fresh: Callable[[], Object],
    ) -> None:
        self._client = client
        self._owner = owner
        self._reference = reference
        self._fresh = fresh
        self._may_adopt: bool | None = None

    def claim(self, candidates: Iterable[Object]) -> list[Object]:
        """Those of the candidates that the owner manages from now on."""
        selector = self._owner["spec"].get("selector")
        return [obj for obj in candidates if self._claims(obj, matches(selector, labels_of(obj)))]

    def _claims(self, obj: Object, match: bool) -> bool:
        holder = controller_of(obj)
        if holder is not None and holder.get("uid") != uid_of(self._owner):
            return False
        if holder is not None and match:
            return True
        if is_terminating(self._owner):
            return False
        if holder is not None:
            self._release(obj)
            return False
        return match and not is_terminating(obj) and self._adopt(obj)

    def _adopt(self, obj: Object) -> bool:
        if namespace_of(obj) != namespace_of(self._owner) or not self._owner_stands():
            return False
        try:
            write_owners(self._client, obj, [*owner_references(obj), self._reference])
        except NotFound:
            return False
        return True

    def _release(self, obj: Object) -> None:
        keep = [ref for ref in owner_references(obj) if ref.get("uid") != uid_of(self._owner)]
        try:
            write_owners(self._client, obj, keep)
        except (NotFound, Invalid):
            log.debug("%s is gone or was released already", name_of(obj))

    def _owner_stands(self) -> bool:
        if self._may_adopt is None:
            owner = self._fresh()
            self._may_adopt = uid_of(owner) == uid_of(self._owner) and not is_terminating(owner)
        return self._may_adopt
