"""The command line as a user has it: a process of its own, in a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 120


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on the last line."""
        return json.loads(self.out.splitlines()[-1])


@dataclass(frozen=True)
class CommandLine:
    """`gitops-lab` with its state below `place`."""

    place: Path
    seconds: int = SECONDS

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def environment(self) -> dict[str, str]:
        drop = ("GITOPS_LAB_WORKSPACE", "GITOPS_LAB_COMMAND", "KUBECONFIG")
        kept = {key: value for key, value in os.environ.items() if key not in drop}
        return {**kept, "GITOPS_LAB_HOME": str(self.home), "COLUMNS": "200"}

    def __call__(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "gitops_lab.cli", *arguments],
            cwd=self.place,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=self.seconds,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def fine(self, *arguments: str, **environment: str) -> Ran:
        """The same for a command that has to succeed."""
        ran = self(*arguments, **environment)
        assert ran.code == 0, f"{arguments}: {ran}"
        return ran

    def down(self) -> None:
        """Remove every workspace that there is."""
        for record in self.home.glob("workspaces/*/workspace.json"):
            self("down", "--workspace", record.parent.name)
