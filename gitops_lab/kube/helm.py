"""Where helm is: the user's own, or the one that `scripts/tools` put into the cache folder."""

import os
import shutil
from pathlib import Path

from gitops_lab.errors import GitOpsLabError


class HelmMissing(GitOpsLabError):
    """No helm was found."""

    default_reason = "HelmMissing"


def helm() -> Path:
    """The path of the helm to use. Raises HelmMissing.

    It is looked for each time: a learner may install it while the engine runs.
    """
    found = shutil.which("helm") or shutil.which("helm", path=str(tools_folder()))
    if not found:
        raise HelmMissing(
            "helm was not found, and charts are rendered by it.",
            hint="Install Helm 3.14 or newer and put it on PATH (https://helm.sh).",
        )
    return Path(found)


def tools_folder() -> Path:
    """Where `scripts/tools` keeps programs that it fetched."""
    named = os.environ.get("GITOPS_LAB_CACHE")
    return (Path(named) if named else Path.home() / ".cache" / "gitops-lab") / "tools"
