"""The last sync as `.status.lastSync` of a GitOpsApp, and back. Pure."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.engine.status import HookResult, LastSync
from gitops_lab.kube import ObjectKey


def last_sync_object(sync: LastSync | None) -> dict[str, Any] | None:
    """What is at its default is left out."""
    if sync is None:
        return None
    content = {
        "revision": sync.revision,
        "content": sync.content,
        "startedAt": sync.started_at,
        "finishedAt": sync.finished_at,
        "result": sync.result,
        "trigger": sync.trigger,
        "message": sync.message,
        "id": sync.id,
        "hooks": [_hook(result) for result in sync.hooks],
        "only": list(sync.only),
    }
    return {key: value for key, value in content.items() if value}


def read_last_sync(content: Mapping[str, Any] | None) -> LastSync | None:
    """The reverse."""
    if not content:
        return None
    return LastSync(
        content.get("revision", ""),
        content.get("startedAt", ""),
        content.get("finishedAt", ""),
        content.get("result", ""),
        content.get("trigger", ""),
        content.get("message", ""),
        content.get("content", ""),
        content.get("id", ""),
        tuple(_read_hook(result) for result in content.get("hooks") or []),
        tuple(content.get("only") or ()),
    )


def _hook(hook: HookResult) -> dict[str, str]:
    key = hook.key
    content = {
        "group": key.group,
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "phase": hook.phase,
        "result": hook.result,
        "message": hook.message,
    }
    return {key: value for key, value in content.items() if value}


def _read_hook(content: Mapping[str, Any]) -> HookResult:
    key = ObjectKey(
        content.get("group", ""),
        content.get("kind", ""),
        content.get("namespace", ""),
        content.get("name", ""),
    )
    return HookResult(
        key, content.get("phase", ""), content.get("result", ""), content.get("message", "")
    )
