"""All checks, at the same time; what they say together; repairing what can be repaired."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.workspace.doctor.docker import check_docker
from gitops_lab.workspace.doctor.kind import check_kind
from gitops_lab.workspace.doctor.limits import check_files, check_inotify
from gitops_lab.workspace.doctor.memory import check_memory
from gitops_lab.workspace.doctor.model import (
    DEFAULT_PROVIDER,
    EVERY,
    Check,
    Finding,
    Level,
    Machine,
)
from gitops_lab.workspace.doctor.network import (
    check_dns,
    check_loopback,
    check_ports,
    check_proxies,
)
from gitops_lab.workspace.doctor.programs import (
    check_git,
    check_kubectl,
    check_python,
    check_system,
)
from gitops_lab.workspace.doctor.storage import check_disk, check_home
from gitops_lab.workspace.doctor.system import this_system

CHECKS: tuple[Check, ...] = (
    check_system,
    check_python,
    check_git,
    check_kubectl,
    check_home,
    check_disk,
    check_memory,
    check_files,
    check_loopback,
    check_ports,
    check_dns,
    check_proxies,
    check_inotify,
    check_docker,
    check_kind,
)


@dataclass(frozen=True)
class Examination:
    """Every finding, and what `--fix` did (in words)."""

    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()

    def works(self, provider: str = DEFAULT_PROVIDER) -> bool:
        """Whether nothing keeps a provider from working."""
        return not self.in_the_way(provider)

    def in_the_way(self, provider: str) -> list[Finding]:
        """What keeps a provider from working."""
        return [f for f in self.findings if f.level is Level.FAIL and provider in f.providers]

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "works": {provider: self.works(provider) for provider in EVERY},
            "checks": [finding.as_data() for finding in self.findings],
            "repaired": list(self.repaired),
        }


def this_machine(home: Path) -> Machine:
    """The machine that we run on."""
    return Machine(this_system(), home, dict(os.environ))


def examine(
    machine: Machine, *, repair: bool = False, checks: Sequence[Check] = CHECKS
) -> Examination:
    """Run the checks; with `repair`, do what is safe and look again."""
    findings = _run(machine, checks)
    repaired: list[str] = []
    if repair:
        repaired = [_repaired(finding) for finding in findings if finding.repair]
        findings = _run(machine, checks) if repaired else findings
    return Examination(findings, tuple(repaired))


def _run(machine: Machine, checks: Sequence[Check]) -> tuple[Finding, ...]:
    with ThreadPoolExecutor(len(checks)) as pool:
        return tuple(pool.map(lambda check: _examined(check, machine), checks))


def _examined(check: Check, machine: Machine) -> Finding:
    """A check that breaks says so itself: the others are needed all the more then."""
    try:
        return check(machine)
    except Exception as error:
        name = check.__name__.removeprefix("check_")
        return Finding(name, Level.WARN, f"can't be told: {type(error).__name__}: {error}")


def _repaired(finding: Finding) -> str:
    assert finding.repair is not None
    try:
        return f"{finding.name}: {finding.repair()}"
    except OSError as error:
        return f"{finding.name}: could not be repaired: {error}"
