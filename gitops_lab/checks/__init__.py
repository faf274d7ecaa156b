"""Checks: tests in a lab's folder, ready-made pieces to write them with, and their verdicts.

`run` is imported when it is asked for: it brings pytest, and most commands judge nothing.
"""

from typing import TYPE_CHECKING, Any

from gitops_lab.checks.answers import Answer, Answers
from gitops_lab.checks.apps import DriftHealed, Healthy, HistoryContains, Manages, Synced
from gitops_lab.checks.argocd import APPLICATION, Application, ApplicationIs
from gitops_lab.checks.baseline import Baseline, Stood
from gitops_lab.checks.combine import Both, Either, Told
from gitops_lab.checks.encrypted import Encrypted
from gitops_lab.checks.expect import PATIENCE, Check, Expect
from gitops_lab.checks.flux import FLUX_HOME, FluxObject, FluxReady
from gitops_lab.checks.helm import Delivery, HelmReleased
from gitops_lab.checks.objects import (
    Absent,
    Counted,
    HasField,
    HasReplicas,
    Named,
    OwnedByGit,
    Present,
    RunsImage,
)
from gitops_lab.checks.repositories import (
    BranchMerged,
    Committed,
    RepositoryContains,
    RepositoryField,
    RepositoryLacks,
    Tagged,
    TouchedOnly,
)
from gitops_lab.checks.settled import moving
from gitops_lab.checks.since import PodReplaced, Recreated, Suspended, Untouched
from gitops_lab.checks.verdict import Red, Sight, Verdict
from gitops_lab.checks.world import Place, World
from gitops_lab.checks.written import WrittenByGitAlone

if TYPE_CHECKING:
    from gitops_lab.checks.runner import run

__all__ = [
    "APPLICATION",
    "FLUX_HOME",
    "PATIENCE",
    "Absent",
    "Answer",
    "Answers",
    "Application",
    "ApplicationIs",
    "Baseline",
    "Both",
    "BranchMerged",
    "Check",
    "Committed",
    "Counted",
    "Delivery",
    "DriftHealed",
    "Either",
    "Encrypted",
    "Expect",
    "FluxObject",
    "FluxReady",
    "HasField",
    "HasReplicas",
    "Healthy",
    "HelmReleased",
    "HistoryContains",
    "Manages",
    "Named",
    "OwnedByGit",
    "Place",
    "PodReplaced",
    "Present",
    "Recreated",
    "Red",
    "RepositoryContains",
    "RepositoryField",
    "RepositoryLacks",
    "RunsImage",
    "Sight",
    "Stood",
    "Suspended",
    "Synced",
    "Tagged",
    "Told",
    "TouchedOnly",
    "Untouched",
    "Verdict",
    "World",
    "WrittenByGitAlone",
    "moving",
    "run",
]


def __getattr__(name: str) -> Any:
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gitops_lab.checks.runner import run

    return run
