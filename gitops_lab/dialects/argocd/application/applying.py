"""Writing one object as `kubectl apply` does, on the client's side unless it says otherwise.

The words that come back are kubectl's: `deployment.apps/web configured`.
"""

import contextlib
from dataclasses import dataclass
from secrets import randbelow
from typing import Any, cast

from gitops_lab.dialects.argocd.application.difference import MANAGER, is_server_side
from gitops_lab.dialects.argocd.application.options import SYNC_OPTIONS, SyncOptions, has_option
from gitops_lab.engine.threeway import LAST_APPLIED, merge_patch, with_last_applied
from gitops_lab.engine.write import again
from gitops_lab.kube import MERGE_PATCH, STRATEGIC_PATCH, Client, Object, ObjectKey
from gitops_lab.kube.client import APPLY_PATCH
from gitops_lab.kube.errors import ApiError, Conflict, Invalid, NotFound
from gitops_lab.kube.objects import annotations_of

_TRIES = 5
_REPLACER = "argocd-application-controller"
"""The field manager of what is created or replaced, and not applied."""
_NO_STRATEGIC = 415
_KEPT_WHOLE = ("CustomResourceDefinition", "Namespace")
_TOO_LONG = 262144
_PATCHED_FROM = 'error when patching "/dev/shm/{}": {}'
"""kubectl's library says from which file it patched; Argo CD's is one in memory."""
_UNMARKED = (
    f"is missing the {LAST_APPLIED} annotation which is required by  apply.  apply should only be "
    "used on resources created declaratively by either  create --save-config or  apply. The "
    "missing annotation will be patched automatically."
)


class Refused(Exception):
    """The object was not written; says why as kubectl would."""


@dataclass(frozen=True)
class Applier:
    """Writes the objects of one operation."""

    client: Client
    options: SyncOptions
    force: bool = False

    def apply(self, target: Object, live: Object | None) -> str:
        """Write it; what kubectl would print. Raises Refused."""
        try:
            return self._apply(target, live)
        except ApiError as error:
            raise Refused(error.message) from error

    def _apply(self, target: Object, live: Object | None) -> str:
        said = [obj for obj in (target, live) if obj is not None]
        if self.options.replace or any(has_option(o, SYNC_OPTIONS, "Replace=true") for o in said):
            return self._replace(target, live)
        if is_server_side(target, self.options.server_side):
            self._server_side(target, live)
            return f"{called(target)} serverside-applied"
        try:
            return again(lambda: self._client_side(target), _TRIES)
        except Invalid:
            if not self._forced(said):
                raise
        self._make_anew(target)
        return f"{called(target)} configured"

    def _forced(self, said: list[Object]) -> bool:
        by_option = self.force or self.options.force
        return by_option or any(has_option(obj, SYNC_OPTIONS, "Force=true") for obj in said)

    def _client_side(self, target: Object) -> str:
        try:
            live = self._get(target)
        except NotFound:
            self._write("POST", target, with_last_applied(target))
            return f"{called(target)} created"
        _refuse_long(target)
        strategic = True
        patch = merge_patch(target, live, strategic=True)
        if not _has_effect(patch, live):
            return f"{called(target)} unchanged"
        try:
            after = self._patch(target, patch, STRATEGIC_PATCH)
        except ApiError as error:
            if error.code != _NO_STRATEGIC:
                raise
            strategic = False
        if not strategic:
            after = self._patch(target, merge_patch(target, live, strategic=False), MERGE_PATCH)
        same = _version(after) == _version(live)
        said = f"{called(target)} {'unchanged' if same else 'configured'}"
        if LAST_APPLIED in annotations_of(live):
            return said
        resource = self.client.resource(target["apiVersion"], target["kind"])
        group = f".{key.group}" if (key := ObjectKey.of(target)).group else ""
        return f"{said}. Warning: resource {resource.plural}{group}/{key.name} {_UNMARKED}"

    def _server_side(self, target: Object, live: Object | None) -> None:
        if live is not None and LAST_APPLIED in annotations_of(live):
            self._move_to_server(target)
        self._write("PATCH", target, target, APPLY_PATCH, force=True)

    def _move_to_server(self, target: Object) -> None:
        """What was applied on the client's side before is ours from now on."""
        try:
            live = self._get(target)
        except NotFound:
            return
        entries = (live["metadata"].get("managedFields") or []).copy()
        moved = [
            {**entry, "operation": "Apply"}
            if entry.get("manager") == MANAGER
            and entry.get("operation") == "Update"
            and not entry.get("subresource")
            else entry
            for entry in entries
        ]
        if moved != entries and sum(_is_ours(entry) for entry in moved) == 1:
            version = live["metadata"]["resourceVersion"]
            self.client.patch(
                target, {"metadata": {"managedFields": moved, "resourceVersion": version}}
            )

    def _replace(self, target: Object, live: Object | None) -> str:
        if live is None:
            self._write("POST", target, target, manager=_REPLACER)
            return f"{called(target)} created"
        if self._forced([target, live]) and target["kind"] not in _KEPT_WHOLE:
            self._make_anew(target, replaced=True)
            key = ObjectKey.of(target)
            place = f" from {key.namespace} namespace" if key.namespace else ""
            what = called(target).partition("/")[0]
            return f'{what} "{key.name}" deleted{place}\n{called(target)} replaced'

        def put() -> str:
            now = self._get(target)
            metadata = {
                **target["metadata"],
                "resourceVersion": now["metadata"]["resourceVersion"],
            }
            self._write("PUT", target, {**target, "metadata": metadata}, manager=_REPLACER)
            return f"{called(target)} replaced"

        return again(put, _TRIES)

    def _make_anew(self, target: Object, *, replaced: bool = False) -> None:
        key = ObjectKey.of(target)
        with contextlib.suppress(NotFound):
            self.client.delete(
                target["apiVersion"], key.kind, key.name, key.namespace, propagation="Background"
            )
        body = target if replaced else with_last_applied(target)
        manager = _REPLACER if replaced else MANAGER
        again(lambda: str(self._write("POST", target, body, manager=manager)), _TRIES)

    def _get(self, target: Object) -> Object:
        key = ObjectKey.of(target)
        return self.client.get(target["apiVersion"], key.kind, key.name, key.namespace)

    def _patch(self, target: Object, patch: Any, content_type: str) -> Object:
        try:
            return self._write("PATCH", target, patch, content_type)
        except Conflict:
            raise
        except ApiError as error:
            error.message = _PATCHED_FROM.format(randbelow(10**10), error.message)
            raise

    def _write(
        self,
        method: str,
        target: Object,
        body: Any,
        content_type: str = "application/json",
        *,
        force: bool = False,
        manager: str = MANAGER,
    ) -> Object:
        key = ObjectKey.of(target)
        resource = self.client.resource(target["apiVersion"], key.kind)
        path = resource.path(key.namespace, "" if method == "POST" else key.name)
        params: dict[str, Any] = {"fieldManager": manager}
        if self.options.validate and not has_option(target, SYNC_OPTIONS, "Validate=false"):
            params["fieldValidation"] = "Strict"
        if force:
            params["force"] = True
        return cast(
            Object,
            self.client.request(method, path, params=params, body=body, content_type=content_type),
        )


def called(obj: Object) -> str:
    """`deployment.apps/web`, as kubectl prints it."""
    key = ObjectKey.of(obj)
    group = f".{key.group}" if key.group else ""
    return f"{key.kind.lower()}{group}/{key.name}"


def _refuse_long(target: Object) -> None:
    text = annotations_of(with_last_applied(target)).get(LAST_APPLIED, "")
    if len(text) > _TOO_LONG:
        key = ObjectKey.of(target)
        raise Refused(
            f'{key.kind}.{key.group} "{key.name}" is invalid: metadata.annotations: Too long: '
            f"may not be more than {_TOO_LONG} bytes"
        )


def _has_effect(patch: Any, live: Any) -> bool:
    """Whether a patch says anything else than what is there."""
    if isinstance(patch, dict) and isinstance(live, dict):
        return any(
            (name in live) if value is None else _has_effect(value, live.get(name))
            for name, value in patch.items()
        )
    return bool(patch != live)


def _version(obj: Object) -> str:
    return str(obj["metadata"].get("resourceVersion", ""))


def _is_ours(entry: Object) -> bool:
    return entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
