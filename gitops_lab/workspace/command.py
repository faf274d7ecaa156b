"""The command `gitops-lab` for shells of a workspace, also where it isn't installed."""

import shlex
import sys
from pathlib import Path

import gitops_lab
from gitops_lab.workspace.files import write_atomically

NAME = "gitops-lab"


def command_folder(root: Path) -> Path:
    """A folder with the command: beside this Python, else a small script below `root`."""
    beside = Path(sys.executable).parent
    if (beside / NAME).exists() or not root.is_dir():
        return beside
    script = root / "bin" / NAME
    package = Path(gitops_lab.__file__).parents[1]
    text = (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(package))}${{PYTHONPATH:+:$PYTHONPATH}} "
        f'exec {shlex.quote(sys.executable)} -m gitops_lab.cli "$@"\n'
    )
    if not script.exists() or script.read_text() != text:
        script.parent.mkdir(exist_ok=True)
        write_atomically(script, text)
        script.chmod(0o755)
    return script.parent
