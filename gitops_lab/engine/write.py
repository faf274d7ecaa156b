"""Writing one object, in the way that it or the engine asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gitops_lab.engine.compare import differences, is_applied
from gitops_lab.engine.desired import Desired
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.marks import Write, write_of
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.threeway import is_last_applied, merge_patch, with_last_applied
from gitops_lab.engine.waiting import Waiter
from gitops_lab.kube import MERGE_PATCH, STRATEGIC_PATCH, Client, Object
from gitops_lab.kube.errors import AlreadyExists, ApiError, Conflict, Invalid, NotFound
from gitops_lab.kube.objects import uid_of

_TRIES = 4
T = TypeVar("T")


def how(one: Desired, semantics: Semantics) -> Write:
    """How an object is written. Raises PlanError for an annotation that makes no sense."""
    asked = write_of(one, semantics.annotations)
    return asked if asked is not Write.DEFAULT else semantics.write


def is_written(one: Desired, live: Object, semantics: Semantics) -> bool:
    """Whether writing it would change nothing. Only "yes" is certain."""
    match how(one, semantics):
        case Write.CREATE_ONLY:
            return True
        case Write.CLIENT:
            return is_last_applied(one.obj, live) and not differences(one.obj, live)
        case Write.REPLACE:
            return not differences(one.obj, live)
    return is_applied(one.obj, live, semantics.field_manager)


@dataclass(frozen=True)
class Writer:
    """Writes to one cluster. All methods raise ApiError; `write` also ApplyError, Preempted."""

    client: Client
    semantics: Semantics
    waiter: Waiter

    def write(self, one: Desired) -> Object:
        """Write it; the object as it is then."""
        match how(one, self.semantics):
            case Write.CLIENT:
                return again(lambda: self._client_side(one))
            case Write.REPLACE:
                return again(lambda: self._replace(one))
            case Write.CREATE_ONLY:
                return self._create_only(one)
            case Write.FORCE:
                return self._force(one)
        return self._apply(one)

    def _apply(self, one: Desired) -> Object:
        semantics = self.semantics
        return self.client.apply(
            one.obj, field_manager=semantics.field_manager, force=semantics.force_conflicts
        )

    def _create_only(self, one: Desired) -> Object:
        try:
            return self._create(one.obj)
        except AlreadyExists:
            return self._get(one)

    def _replace(self, one: Desired) -> Object:
        try:
            live = self._get(one)
        except NotFound:
            return self._create(one.obj)
        metadata = {**one.obj["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        if finalizers := live["metadata"].get("finalizers"):
            metadata.setdefault("finalizers", finalizers)
        return self.client.update(
            {**one.obj, "metadata": metadata}, field_manager=self.semantics.field_manager
        )

    def _client_side(self, one: Desired) -> Object:
        try:
            live = self._get(one)
        except NotFound:
            return self._create(with_last_applied(one.obj))
        try:
            return self._patch(one, live, STRATEGIC_PATCH)
        except ApiError as error:
            if error.code != _NO_STRATEGIC:
                raise
        return self._patch(one, live, MERGE_PATCH)

    def _patch(self, one: Desired, live: Object, content_type: str) -> Object:
        patch = merge_patch(one.obj, live, strategic=content_type == STRATEGIC_PATCH)
        return self.client.patch(
            one.obj, patch, content_type=content_type, field_manager=self.semantics.field_manager
        )

    def _force(self, one: Desired) -> Object:
        try:
            return self._apply(one)
        except Invalid as error:
            if "immutable" not in error.message:
                raise
        self._delete(one)
        return self._apply(one)

    def _delete(self, one: Desired) -> None:
        key = one.key
        live = self._get(one)
        uid = uid_of(live)
        self.client.delete(one.api_version, key.kind, key.name, key.namespace, uid=uid)

        def gone() -> bool:
            try:
                return uid_of(self._get(one)) != uid
            except NotFound:
                return True

        if not gone() and not self.waiter.until(gone):
            raise ApplyError(
                f"{key} was deleted to be made anew, and does not go away.",
                reason="ReplaceStuck",
                hint="Something keeps it: see its finalizers.",
                place=one.place,
            )

    def _get(self, one: Desired) -> Object:
        return self.client.get(one.api_version, one.key.kind, one.key.name, one.key.namespace)

    def _create(self, obj: Object) -> Object:
        return self.client.create(obj, field_manager=self.semantics.field_manager)


_NO_STRATEGIC = 415
"""Custom resources have no strategic merge."""


def again(write: Callable[[], T], tries: int = _TRIES) -> T:
    """Somebody may write in between what is read and what is written: read anew."""
    for _ in range(tries - 1):
        try:
            return write()
        except (Conflict, AlreadyExists):
            continue
    return write()
