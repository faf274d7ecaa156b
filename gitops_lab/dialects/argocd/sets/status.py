"""The status of an ApplicationSet, as Argo CD writes it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.dialects.argocd.sets.applications import KIND
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.settings.parameters import NAME as CONFIG
from gitops_lab.dialects.argocd.settings.parameters import PROGRESSIVE
from gitops_lab.dialects.conditions import Condition, with_condition
from gitops_lab.kube import Object
from gitops_lab.kube.objects import name_of, namespace_of

ERROR = "ErrorOccurred"
PARAMETERS = "ParametersGenerated"
UP_TO_DATE = "ResourcesUpToDate"
ROLLOUT = "RolloutProgressing"
NOT_SUPPORTED = "FieldsNotSupported"
"""A condition of our own: fields that have no effect here."""
_UP_TO_DATE_REASON = "ApplicationSetUpToDate"
_DONE = "All applications have been generated successfully"
_GENERATED = "Successfully generated parameters for all Applications"


def conditions(
    old: Iterable[Mapping[str, Any]] | None, error: SetError | None, *, generated: bool
) -> list[Condition]:
    """The conditions after a pass that ended well, or with an error."""
    found = [dict(one) for one in old or ()]
    if error is None:
        found = with_condition(found, ERROR, "False", _UP_TO_DATE_REASON, _DONE)
        found = with_condition(found, UP_TO_DATE, "True", _UP_TO_DATE_REASON, _DONE)
    else:
        found = with_condition(found, ERROR, "True", error.reason, error.message)
        found = with_condition(found, UP_TO_DATE, "False", ERROR, error.message)
    if generated:
        found = with_condition(found, PARAMETERS, "True", PARAMETERS, _GENERATED)
    else:
        message = error.message if error else ""
        found = with_condition(found, PARAMETERS, "False", ERROR, message)
    return sorted(found, key=lambda one: str(one["type"]))


def unsupported(spec: Mapping[str, Any], *, progressive: bool) -> str:
    """What is written and has no effect here; "" when there is nothing."""
    strategy = spec.get("strategy") or {}
    found = []
    if strategy.get("type", "AllAtOnce") not in ("", "AllAtOnce") and not progressive:
        found.append(
            "spec.strategy (progressive syncs are off, as in an Argo CD as it comes: they are on "
            f'with {PROGRESSIVE}: "true" in the ConfigMap argocd/{CONFIG})'
        )
    order = strategy.get("deletionOrder") or "AllAtOnce"
    if str(order).lower() not in ("allatonce", "reverse"):
        found.append(f"spec.strategy.deletionOrder {order} (it is AllAtOnce or Reverse)")
    return ", ".join(found)


def with_rollout(found: list[Condition], told: tuple[str, str, str] | None) -> list[Condition]:
    """The conditions with the one that tells how far a RollingSync is, if there is one."""
    if told is None:
        return [one for one in found if one["type"] != ROLLOUT]
    found = with_condition(found, ROLLOUT, *told)
    return sorted(found, key=lambda one: str(one["type"]))


def resources(apps: Iterable[Object]) -> list[dict[str, Any]]:
    """The Applications of a set with their sync and health, by name."""
    return [
        {
            "group": "argoproj.io",
            "version": "v1alpha1",
            "kind": KIND,
            "name": name_of(app),
            "namespace": namespace_of(app),
            **_state(app.get("status") or {}),
        }
        for app in sorted(apps, key=name_of)
    ]


def _state(status: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (status.get("sync") or {}).get("status"):
        found["status"] = status["sync"]["status"]
    health = status.get("health") or {}
    if health:
        words = ("status", "message")
        found["health"] = {key: health[key] for key in words if health.get(key)}
    return found


def with_unsupported(found: list[Condition], text: str) -> list[Condition]:
    """The conditions with the one that names what has no effect, if there is anything."""
    if not text:
        return [one for one in found if one["type"] != NOT_SUPPORTED]
    message = f"{text}: not supported here."
    found = with_condition(found, NOT_SUPPORTED, "True", NOT_SUPPORTED, message)
    return sorted(found, key=lambda one: str(one["type"]))
