"""A HelmRelease as helm-controller reads it, with its defaults. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.kube import Object
from gitops_lab.kube.objects import name_of, namespace_of

API_VERSION = "helm.toolkit.fluxcd.io/v2"
GROUP = "helm.toolkit.fluxcd.io"
KIND = "HelmRelease"
CONTROLLER = "helm-controller"
MAX_HISTORY = 5
_TIMEOUT = 300.0
_RETRY = 300.0
_NAME_LENGTH = 53


@dataclass(frozen=True)
class Remediation:
    """What happens after an action has failed: `action` is `install` or `upgrade`."""

    action: str
    retries: int = 0
    last: bool = False
    strategy: str = "rollback"
    ignore_tests: bool = False

    @property
    def counter(self) -> str:
        """The field of the status that counts the failures."""
        return f"{self.action}Failures"

    def failures(self, status: Mapping[str, Any]) -> int:
        """How often the action has failed."""
        return int(status.get(self.counter) or 0)

    def exhausted(self, status: Mapping[str, Any]) -> bool:
        """Whether it may not be tried any more."""
        return self.retries >= 0 and self.failures(status) > self.retries


class ReleaseSpec:
    """Of one HelmRelease."""

    def __init__(self, obj: Object) -> None:
        self.obj = obj
        self.spec: dict[str, Any] = obj.get("spec") or {}

    @property
    def long_name(self) -> str:
        """The release's name before it is cut to what helm takes."""
        if name := self.spec.get("releaseName"):
            return str(name)
        target = self.spec.get("targetNamespace")
        return f"{target}-{name_of(self.obj)}" if target else name_of(self.obj)

    @property
    def name(self) -> str:
        """The release's name; one over 53 characters ends in a hash of itself."""
        name = self.long_name
        if len(name) <= _NAME_LENGTH:
            return name
        return f"{name[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"

    @property
    def namespace(self) -> str:
        """Where the objects go."""
        return str(self.spec.get("targetNamespace") or namespace_of(self.obj))

    @property
    def storage(self) -> str:
        """Where helm's own Secrets stand."""
        return str(self.spec.get("storageNamespace") or namespace_of(self.obj))

    @property
    def interval(self) -> float:
        """Seconds between two looks."""
        return seconds(self.spec.get("interval"), 60.0)

    @property
    def max_history(self) -> int:
        """Revisions that helm keeps; 0 is all."""
        value = self.spec.get("maxHistory")
        return MAX_HISTORY if value is None else int(value)

    @property
    def user(self) -> str:
        """As whom helm acts."""
        account = self.spec.get("serviceAccountName")
        return f"system:serviceaccount:{namespace_of(self.obj)}:{account}" if account else ""

    @property
    def chart_name(self) -> str:
        """The name of the HelmChart that `spec.chart` makes."""
        return f"{namespace_of(self.obj)}-{name_of(self.obj)}"

    def of(self, action: str) -> dict[str, Any]:
        """`spec.install`, `spec.upgrade`, `spec.test`, `spec.rollback`, `spec.uninstall`."""
        return self.spec.get(action) or {}

    def timeout(self, action: str) -> float:
        """Seconds that an action has."""
        return seconds(self.of(action).get("timeout") or self.spec.get("timeout"), _TIMEOUT)

    def remediation(self, action: str) -> Remediation:
        """Of an install or an upgrade."""
        given: dict[str, Any] = self.of(action).get("remediation") or {}
        retries = int(given.get("retries") or 0)
        ignore = given.get("ignoreTestFailures")
        last = given.get("remediateLastFailure")
        if last is None:
            last = action == "upgrade" and retries > 0
        strategy = given.get("strategy") or "rollback"
        return Remediation(
            action,
            retries,
            bool(last),
            "uninstall" if action == "install" else str(strategy),
            bool(self.of("test").get("ignoreFailures") if ignore is None else ignore),
        )

    def active_remediation(self, status: Mapping[str, Any]) -> Remediation | None:
        """That of the last action that was tried; None before any."""
        action = status.get("lastAttemptedReleaseAction")
        return self.remediation(str(action)) if action else None

    def retry_after(self, status: Mapping[str, Any]) -> float | None:
        """Seconds after which the last action is tried again as it is: strategy RetryOnFailure."""
        action = status.get("lastAttemptedReleaseAction")
        strategy = self.of(str(action)).get("strategy") if action else None
        if not strategy or strategy.get("name") != "RetryOnFailure":
            return None
        return seconds(strategy.get("retryInterval"), _RETRY)

    @property
    def tests(self) -> bool:
        """Whether the release is tested."""
        return bool(self.of("test").get("enable"))

    @property
    def ignores_test_failures(self) -> bool:
        """Whether a failed test leaves the HelmRelease ready."""
        return bool(self.of("test").get("ignoreFailures"))

    @property
    def drift(self) -> str:
        """`disabled`, `warn` or `enabled`."""
        return str((self.spec.get("driftDetection") or {}).get("mode") or "disabled")
