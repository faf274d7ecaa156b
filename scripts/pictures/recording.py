"""The lab first-sync, recorded as it plays: first-sync.cast, and first-sync.svg that moves."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "first-sync"
SIZE = (88, 26)


def take(into: Path) -> None:
    """Play it once, in a terminal of a fixed size."""
    with tempfile.TemporaryDirectory(prefix="lab") as folder:
        cast = into / f"{NAME}.cast"
        subprocess.run(
            [sys.executable, "-m", "gitops_lab.cli", "demo", NAME, "--record", str(cast)],
            cwd=folder,
            env={
                **os.environ,
                "GITOPS_LAB_HOME": f"{folder}/home",
                "GITOPS_LAB_COMMAND": "gitops-lab",
                "COLUMNS": str(SIZE[0]),
                "LINES": str(SIZE[1]),
            },
            stdout=subprocess.DEVNULL,
            check=True,
        )
