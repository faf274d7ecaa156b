"""Reading and writing the part of a GitOpsApp that says how it is synced."""

from typing import Any, TypeVar

from gitops_lab.engine.fields import Fields
from gitops_lab.engine.sync_spec import (
    Channel,
    Deletion,
    Dependency,
    HealthCheck,
    IgnoreRule,
    Notification,
    Rollback,
    SyncOptions,
)

E = TypeVar("E", Channel, Deletion)
_WEB = ("http://", "https://")


def read_options(spec: Fields, namespace: str) -> SyncOptions:
    """The options; `namespace` is where the App is. Raises AppError naming the field."""
    timeout = spec.integer("timeoutSeconds", SyncOptions.timeout)
    if timeout < 1:
        spec.fail("timeoutSeconds", "must be at least 1")
    return SyncOptions(
        rollback=_rollback(spec.child("rollback")) if spec.has("rollback") else None,
        ignore=tuple(_ignore(one) for one in spec.children("ignoreDifferences")),
        depends_on=tuple(_dependency(one, namespace) for one in spec.children("dependsOn")),
        health_checks=tuple(_health_check(one) for one in spec.children("healthChecks")),
        notifications=tuple(_notification(one) for one in spec.children("notifications")),
        deletion=_word(spec, "deletionPolicy", Deletion, Deletion.MIRROR_PRUNE),
        timeout=timeout,
    )


def options_object(options: SyncOptions) -> dict[str, Any]:
    """The keys of `spec` that say the same; what is at its default is None or empty."""
    return {
        "rollback": options.rollback and vars(options.rollback),
        "ignoreDifferences": [_ignore_object(rule) for rule in options.ignore],
        "dependsOn": [vars(one) for one in options.depends_on],
        "healthChecks": [_health_object(one) for one in options.health_checks],
        "notifications": [_notification_object(one) for one in options.notifications],
        "deletionPolicy": _unless(options.deletion, Deletion.MIRROR_PRUNE),
        "timeoutSeconds": _unless(options.timeout, SyncOptions.timeout),
    }


def _unless(value: Any, default: Any) -> Any:
    return None if value == default else value if isinstance(value, int) else str(value)


def _rollback(spec: Fields) -> Rollback:
    rollback = Rollback(
        spec.string("revision", required=True),
        spec.string("skip", required=True),
    )
    if rollback.revision == rollback.skip:
        spec.fail("revision", "must be another commit than the one to skip")
    spec.refuse_unknown()
    return rollback


def _ignore(spec: Fields) -> IgnoreRule:
    rule = IgnoreRule(
        group=spec.string("group"),
        kind=spec.string("kind"),
        name=spec.string("name"),
        namespace=spec.string("namespace"),
        pointers=spec.strings("jsonPointers"),
        managers=spec.strings("managers"),
    )
    for index, pointer in enumerate(rule.pointers):
        if not pointer.startswith("/"):
            spec.fail(f"jsonPointers[{index}]", f"{pointer!r} must start with /")
    if not (rule.pointers or rule.managers):
        spec.fail("jsonPointers", "is missing: name fields, or managers")
    spec.refuse_unknown()
    return rule


def _dependency(spec: Fields, namespace: str) -> Dependency:
    dependency = Dependency(spec.string("namespace", namespace), spec.string("name", required=True))
    spec.refuse_unknown()
    return dependency


def _health_check(spec: Fields) -> HealthCheck:
    check = HealthCheck(
        spec.string("apiVersion", required=True),
        spec.string("kind", required=True),
        spec.string("healthy", required=True),
        spec.string("failed"),
        spec.string("progressing"),
    )
    spec.refuse_unknown()
    return check


def _notification(spec: Fields) -> Notification:
    channel = _word(spec, "type", Channel, Channel.WEBHOOK)
    url = spec.string("url", required=channel is not Channel.COMMIT_STATUS)
    if url and not url.startswith(_WEB):
        spec.fail("url", f"{url!r} is not an http:// or https:// address")
    notification = Notification(channel, url, spec.strings("reasons"))
    spec.refuse_unknown()
    return notification


def _word(spec: Fields, key: str, kind: type[E], default: E) -> E:
    text = spec.string(key, str(default))
    try:
        return kind(text)
    except ValueError:
        spec.fail(key, f"{text!r} is none of {', '.join(kind)}")


def _ignore_object(rule: IgnoreRule) -> dict[str, Any]:
    content = {
        "group": rule.group,
        "kind": rule.kind,
        "name": rule.name,
        "namespace": rule.namespace,
        "jsonPointers": list(rule.pointers),
        "managers": list(rule.managers),
    }
    return {key: value for key, value in content.items() if value}


def _health_object(check: HealthCheck) -> dict[str, Any]:
    content = {
        "apiVersion": check.api_version,
        "kind": check.kind,
        "healthy": check.healthy,
        "failed": check.failed,
        "progressing": check.progressing,
    }
    return {key: value for key, value in content.items() if value}


def _notification_object(one: Notification) -> dict[str, Any]:
    content = {"type": str(one.channel), "url": one.url, "reasons": list(one.reasons)}
    return {key: value for key, value in content.items() if value}
