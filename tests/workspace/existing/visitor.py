"""Somebody who runs labs in the company's cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.driver import CommandLine, Ran
from tests.workspace.existing.company import CONTEXT, Company

LABS = Path(__file__).parents[2] / "course_mini"
COMMIT = LABS / "01-commit"
"""Its app puts ConfigMap notes/notes into the cluster."""


@dataclass(frozen=True)
class Visitor:
    """A command line that knows the company's kubeconfig."""

    line: CommandLine
    company: Company

    def start(self, *options: str, lab: Path = COMMIT) -> Ran:
        """Start a lab there; it may be refused."""
        kubeconfig = ["--kubeconfig", str(self.company.kubeconfig)]
        named = [] if "--context" in options else ["--context", CONTEXT]
        asked = ["start", str(lab), "--yes", "--provider", "existing", *kubeconfig, *named]
        return self.line(*asked, *options)

    def started(self, *options: str, lab: Path = COMMIT) -> Ran:
        """The same where it has to succeed."""
        ran = self.start(*options, lab=lab)
        assert ran.code == 0, ran
        return ran

    def app(self) -> dict[str, Any]:
        """The only app's status."""
        [found] = self.line.fine("app", "list", "--json").document
        status: dict[str, Any] = found["status"]
        return status

    def mark(self) -> str:
        """The label's value on all that the workspace made."""
        return next(iter(self._settings()))

    def _settings(self) -> list[str]:
        import json

        files = self.line.home.glob("workspaces/*/clusters/main/existing.json")
        return [str(json.loads(file.read_text())["mark"]) for file in files]
