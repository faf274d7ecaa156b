"""Health rules of `argocd-cm`. Argo CD has them in Lua, which is not run here.

In its place a rule may be CEL, under the names that Flux has for it:

    resource.customizations.health.example.org_Widget: |
      current: object.status.ready == true
      inProgress: object.status.ready == false
      failed: object.status.phase == 'Broken'

One rule in Lua is understood, as it is in everybody's app of apps: the one that gives an
Application the health that its own status tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health.expressions import Expressions
from gitops_lab.engine.health.model import Health, HealthStatus
from gitops_lab.engine.sync_spec import HealthCheck
from gitops_lab.kube import yamls
from gitops_lab.kube.objects import GroupKind, Object
from gitops_lab.kube.yamls import YamlError

APPLICATION = GroupKind("argoproj.io", "Application")
_WORDS = {"current": "healthy", "inProgress": "progressing", "failed": "failed"}


@dataclass(frozen=True)
class HealthRules:
    """Rules by kind; `application` tells whether Applications count with their own health."""

    rules: Mapping[GroupKind, Expressions] = field(default_factory=dict)
    application: bool = False
    problems: tuple[str, ...] = ()

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> "HealthRules":
        """The rules by `group_Kind`."""
        rules: dict[GroupKind, Expressions] = {}
        application, problems = False, []
        for name, text in sorted(texts.items()):
            group, _, kind = name.rpartition("_")
            key = GroupKind(group, kind)
            if key == APPLICATION and "obj.status.health" in text:
                application = True
                continue
            try:
                rules[key] = _rule(key, text)
            except AppError as error:
                problems.append(f"{name}: {error.message}")
        return cls(rules, application, tuple(problems))

    def assess(self, obj: Object) -> Health | None:
        """The health by a rule of one's own; None when there is none for the kind."""
        kind = GroupKind.of(obj)
        if kind == APPLICATION and self.application:
            return _own_health(obj)
        rule = self.rules.get(kind)
        return rule.assess(obj) if rule is not None else None


def _rule(kind: GroupKind, text: str) -> Expressions:
    """Compile a rule. Raises AppError: it is Lua, or no CEL that can be read."""
    words = _words(text)
    if words is None:
        raise AppError(
            "Lua is not run here; write the rule in CEL: a mapping with current, inProgress and "
            "failed"
        )
    expressions = {_WORDS[key]: str(value) for key, value in words.items()}
    check = HealthCheck(
        api_version=f"{kind.group}/v1" if kind.group else "v1",
        kind=kind.kind,
        healthy=expressions.get("healthy", ""),
        failed=expressions.get("failed", ""),
        progressing=expressions.get("progressing", ""),
    )
    return Expressions([check], "argocd-cm")


def _words(text: str) -> dict[str, Any] | None:
    try:
        found = yamls.load(text)
    except YamlError:
        return None
    if not isinstance(found, dict) or not found or not found.keys() <= _WORDS.keys():
        return None
    return found


def _own_health(app: Object) -> Health:
    told = (app.get("status") or {}).get("health") or {}
    try:
        status = HealthStatus(told.get("status", "Progressing"))
    except ValueError:
        status = HealthStatus.UNKNOWN
    return Health(status, str(told.get("message") or ""))
