"""Reading `argocd-cm`. Pure: what can't be had here is named in `problems`, never skipped."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.dialects.argocd.application.jq import JqError, check
from gitops_lab.dialects.argocd.projects.globs import matches
from gitops_lab.dialects.argocd.settings.health import HealthRules
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.kube import yamls
from gitops_lab.kube.objects import GroupKind, Object
from gitops_lab.kube.yamls import YamlError

INSTANCE_LABEL = "app.kubernetes.io/instance"
TRACKING = ("annotation", "label", "annotation+label")
_HEALTH = "resource.customizations.health."
_IGNORE = "resource.customizations.ignoreDifferences."
_EXPECTED = {"timeout.reconciliation": 120.0, "timeout.reconciliation.jitter": 60.0}
_READ = (
    "application.instanceLabelKey",
    "application.resourceTrackingMethod",
    "installationID",
    "resource.exclusions",
    "resource.inclusions",
    *_EXPECTED,
)
_OF_THE_SERVER = (
    "accounts.", "admin.", "dex.", "exec.", "help.", "oidc.", "server.", "statusbadge.", "ui.",
    "url", "users.", "webhook.", "application.links", "project.links", "resource.links",
    "ga.", "cluster.inClusterEnabled", "resource.customLabels",
)  # fmt: skip
"""Settings of Argo CD's own API server and pages: of no use here, so nothing is said of them."""
_SAVES_WORK = ("resource.customizations.ignoreResourceUpdates.", "resource.ignoreResourceUpdates")
"""Which changes Argo CD does not look at: that saves work, and changes no result. A dozen stand
in its install.yaml.
"""
_JITTER_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Filter:
    """Kinds, by patterns, on clusters; an empty list means all."""

    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()

    def matches(self, group: str, kind: str, server: str) -> bool:
        """Whether an object of a kind on a cluster falls under it."""
        asked = ((self.groups, group), (self.kinds, kind), (self.clusters, server))
        return all(
            not patterns or any(matches(pattern, text) for pattern in patterns)
            for patterns, text in asked
        )


@dataclass(frozen=True)
class Values:
    """All settings, with Argo CD's defaults; `reconciliation` is (seconds, jitter), 0 for never.

    `ignore_jq` are paths in jq for the objects that a rule is about.
    """

    tracking: str = "annotation"
    instance_label: str = INSTANCE_LABEL
    installation_id: str = ""
    ignore: tuple[IgnoreRule, ...] = ()
    ignore_jq: tuple[tuple[IgnoreRule, tuple[str, ...]], ...] = ()
    reconciliation: tuple[float, float] = (120.0, 60.0)
    exclusions: tuple[Filter, ...] = ()
    inclusions: tuple[Filter, ...] = ()
    health: HealthRules = field(default_factory=HealthRules)
    customized: frozenset[GroupKind] = frozenset()
    """Kinds for which anything is said."""
    problems: tuple[str, ...] = ()

    def excluded(self, group: str, kind: str, server: str) -> bool:
        """Whether Argo CD shall not see objects of a kind at all."""
        if any(one.matches(group, kind, server) for one in self.exclusions):
            return True
        included = any(one.matches(group, kind, server) for one in self.inclusions)
        return bool(self.inclusions) and not included


def read(config: Object | None) -> Values:
    """The settings of the ConfigMap; defaults where there is none."""
    data: Mapping[str, str] = (config or {}).get("data") or {}
    problems: list[str] = []
    tracking = data.get("application.resourceTrackingMethod") or "annotation"
    if tracking not in TRACKING:
        problems.append(
            f"application.resourceTrackingMethod: {tracking!r} is none of {', '.join(TRACKING)}"
        )
        tracking = "annotation"
    health = HealthRules.read(
        {key.removeprefix(_HEALTH): text for key, text in data.items() if key.startswith(_HEALTH)}
    )
    times = tuple(_seconds(data, key, default, problems) for key, default in _EXPECTED.items())
    rules = list(_ignore(data, problems))
    values = Values(
        tracking=tracking,
        instance_label=data.get("application.instanceLabelKey") or INSTANCE_LABEL,
        installation_id=data.get("installationID") or "",
        ignore=tuple(rule for rule, _ in rules),
        ignore_jq=tuple((rule, paths) for rule, paths in rules if paths),
        reconciliation=(times[0], times[1]),
        exclusions=_filters(data, "resource.exclusions", problems),
        inclusions=_filters(data, "resource.inclusions", problems),
        health=health,
        customized=frozenset(_customized(data)),
    )
    found = [*problems, *(_HEALTH + one for one in health.problems), *_unread(data)]
    return Values(**{**vars(values), "problems": tuple(found)})


def _customized(data: Mapping[str, str]) -> Iterable[GroupKind]:
    for key in data:
        for start in (_HEALTH, _IGNORE):
            if key.startswith(start):
                yield GroupKind(*group_kind(key.removeprefix(start)))


def _unread(data: Mapping[str, str]) -> Iterable[str]:
    for key in sorted(data):
        if key in _READ or key.startswith((_HEALTH, _IGNORE, *_OF_THE_SERVER, *_SAVES_WORK)):
            continue
        yield f"{key}: it has no effect here"


def _seconds(data: Mapping[str, str], key: str, default: float, problems: list[str]) -> float:
    text = data.get(key) or ""
    parts = _JITTER_PART.findall(text)
    if text and text != "0" and "".join(number + unit for number, unit in parts) != text:
        problems.append(f"{key}: {text!r} is no duration, such as 180s")
        return default
    if not text:
        return default
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _filters(data: Mapping[str, str], key: str, problems: list[str]) -> tuple[Filter, ...]:
    found = _yaml(data.get(key) or "", key, problems)
    if not isinstance(found, list):
        if found is not None:
            problems.append(f"{key}: it is no list")
        return ()
    return tuple(
        Filter(_texts(one, "apiGroups"), _texts(one, "kinds"), _texts(one, "clusters"))
        for one in found
        if isinstance(one, Mapping)
    )


def _ignore(
    data: Mapping[str, str], problems: list[str]
) -> Iterable[tuple[IgnoreRule, tuple[str, ...]]]:
    """Each rule, and its expressions in jq."""
    for key in sorted(data):
        if not key.startswith(_IGNORE):
            continue
        rule = _yaml(data[key], key, problems)
        if not isinstance(rule, Mapping):
            continue
        group, kind = group_kind(key.removeprefix(_IGNORE))
        plain = IgnoreRule(
            group=group,
            kind=kind,
            pointers=tuple(str(one) for one in rule.get("jsonPointers") or ()),
            managers=tuple(str(one) for one in rule.get("managedFieldsManagers") or ()),
        )
        yield plain, tuple(_expressions(rule, key, problems))


def group_kind(text: str) -> tuple[str, str]:
    """`apps_Deployment`, `Service` for the core group, `all` for everything."""
    if text == "all":
        return "", ""
    group, _, kind = text.rpartition("_")
    return group, kind


def _expressions(rule: Mapping[str, Any], key: str, problems: list[str]) -> Iterable[str]:
    """The jq paths of a rule that can be read."""
    for expression in map(str, rule.get("jqPathExpressions") or ()):
        try:
            check(expression)
        except JqError as error:
            problems.append(f"{key}: {error}")
        else:
            yield expression


def _yaml(text: str, key: str, problems: list[str]) -> Any:
    try:
        return yamls.load(text) if text.strip() else None
    except YamlError as error:
        problems.append(f"{key}: {error.message}")
        return None


def _texts(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    items: Sequence[Any] = value.get(key) or ()
    return tuple(str(one) for one in items)
