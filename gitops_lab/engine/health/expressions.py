"""Health rules that an App brings along, in CEL over the variable `object`.

The package is an extra: without it such an App says what is missing. Its dialect lacks optional
fields (`.?`) and Kubernetes' own functions; what it can't read is refused, and never skipped.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, unknown
from gitops_lab.engine.sync_spec import HealthCheck
from gitops_lab.errors import Place
from gitops_lab.kube.objects import GroupKind, Object, is_terminating, split_api_version

_ATTRIBUTES = ("failed", "progressing", "healthy")
"""In this order: what failed is not well, whatever else is true of it."""


class Expressions:
    """The compiled rules of one App. Raises AppError that names the one that is no CEL."""

    def __init__(self, checks: Sequence[HealthCheck], owner: str) -> None:
        self.checks = tuple(checks)
        self._programs: dict[GroupKind, Mapping[str, Any]] = {}
        for index, check in enumerate(checks):
            kind = GroupKind(split_api_version(check.api_version)[0], check.kind)
            self._programs[kind] = {
                name: _compiled(getattr(check, name), f"spec.healthChecks[{index}].{name}", owner)
                for name in _ATTRIBUTES
                if getattr(check, name)
            }

    @property
    def kinds(self) -> frozenset[GroupKind]:
        """The kinds for which there is a rule."""
        return frozenset(self._programs)

    def assess(self, obj: Object) -> Health | None:
        """The health by the rule for this kind; None when there is none."""
        programs = self._programs.get(GroupKind.of(obj))
        if programs is None:
            return None
        if is_terminating(obj):
            return progressing("it is being deleted")
        try:
            found = next((name for name in programs if _holds(programs[name], obj)), "")
        except (ValueError, TypeError, RuntimeError) as error:
            return unknown(f"its health check can't be worked out: {error}")
        return {
            "failed": degraded("the App's health check says that it failed"),
            "healthy": healthy(),
        }.get(found) or progressing("the App's health check does not hold yet")


def _compiled(text: str, field: str, owner: str) -> Any:
    place = Place(object=f"GitOpsApp/{owner}", field=field)
    try:
        import cel
    except ImportError as error:
        raise AppError(
            "health checks in CEL need a package that is not installed.",
            reason="CelMissing",
            hint="Install it: `pip install 'gitops-lab[cel]'`.",
            place=place,
        ) from error
    try:
        return cel.compile(text)
    except ValueError as error:
        raise AppError(
            f"{field} is not CEL that we can read: {' '.join(str(error).split())}",
            reason="InvalidHealthCheck",
            hint=f"Correct {field} of the App.",
            place=place,
        ) from error


def _holds(program: Any, obj: Object) -> bool:
    """A field that isn't there yet makes an expression not hold."""
    try:
        return program.execute({"object": obj}) is True
    except LookupError:
        return False
