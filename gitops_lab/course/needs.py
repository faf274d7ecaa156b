"""Whether all is there that a lab needs, before anything of it is made."""

import shutil

from gitops_lab.errors import WorkspaceError
from gitops_lab.kube.helm import tools_folder
from gitops_lab.lab import Lab
from gitops_lab.workspace.providers import FEATURES

_SAID = {
    "audit-log": "a log of who wrote what to the cluster",
    "several-clusters": "more than one cluster",
    "whole-cluster": "a cluster of its own, with every namespace and definition in it",
}


def require(lab: Lab, provider: str) -> None:
    """Raise WorkspaceError with everything that is missing for a lab."""
    programs = [name for name in lab.needs.tools if not _is_there(name)]
    has = FEATURES.get(provider, frozenset())
    features = [name for name in lab.needs.features if name not in has]
    if not (programs or features):
        return
    lacks, ways = [], []
    if programs:
        lacks.append(f"{' and '.join(programs)} on PATH")
        ways.append(f"Install {' and '.join(programs)}.")
    if features:
        lacks += [_SAID[name] for name in features]
        fit = [name for name, offers in FEATURES.items() if offers.issuperset(lab.needs.features)]
        ways.append(f"Start it with --provider {' or '.join(fit)}.")
    raise WorkspaceError(
        f"the lab {lab.name} needs {', and '.join(lacks)}; it is not there.",
        reason="LabNeeds",
        hint=" ".join(ways),
    )


def _is_there(program: str) -> bool:
    return bool(shutil.which(program) or shutil.which(program, path=str(tools_folder())))
