"""One kind cluster for the whole tier; what a run makes is swept after it, or by a later one.

Where Docker, kind or a node image is missing, the tier is skipped with the command that helps.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace.kind import Kind
from gitops_lab.workspace.kind.config import PINNED_IMAGE, node_image
from gitops_lab.workspace.kind.runtime import CLUSTER_LABEL, OWNER_MOUNT, Runtime
from tests.cli.driver import CommandLine

PREFIX = ("gitops-lab-tier-", "gitops-lab-prove-")
"""Every cluster of the tier begins so: its workspaces are named tier-…, or prove a lab."""
SHARED = "-".join(["tier-first-sync", *os.environ.get("PYTEST_XDIST_WORKER", "").split()])
"""A cluster for each process of a run: Docker is the same for all."""
START_SECONDS = 300
LONG_AGO = timedelta(hours=1)


def why_not() -> str:
    """What is missing, and the command that helps; "" when nothing is."""
    try:
        Kind().preflight()
        image = node_image(Runtime())
    except WorkspaceError as error:
        return f"{error.paragraph()} In a sandbox: scripts/docker start"
    if image == PINNED_IMAGE and not Runtime().has_image(image):
        return "no node image is here: scripts/kind-image load"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    reason = why_not() if ours else ""
    for item in ours:
        item.add_marker(pytest.mark.kind)
        item.add_marker(pytest.mark.xdist_group("kind"))
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class KindLab:
    """A lab that was started on kind, its command line and the names that Docker has for it."""

    lab: CommandLine
    workspace: str

    @property
    def cluster(self) -> str:
        return f"gitops-lab-{self.workspace}-main"

    @property
    def node(self) -> str:
        return f"{self.cluster}-control-plane"

    @property
    def clone(self) -> Path:
        return self.lab.place / "gitops-lab" / "first-sync" / "web"

    def fine(self, *arguments: str) -> str:
        return self.lab.fine(*arguments, "--workspace", self.workspace).out

    def kubectl(self, *arguments: str) -> str:
        return self.lab.fine("kubectl", "--workspace", self.workspace, *arguments).out.strip()

    def push(self, file: str, old: str, new: str) -> None:
        """Change a file of the clone, commit and push, as a learner does."""
        path = self.clone / file
        path.write_text(path.read_text().replace(old, new))
        for command in (["add", "-A"], ["commit", "-qm", f"Say {new}"], ["push", "-q"]):
            subprocess.run(["git", *command], cwd=self.clone, check=True, timeout=60)


def docker(*arguments: str) -> str:
    """What Docker says."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def containers(prefix: str | tuple[str, ...] = PREFIX) -> list[str]:
    """Nodes of kind clusters whose name begins so, whether they run or not."""
    template = f'{{{{.Names}}}} {{{{.Label "{CLUSTER_LABEL}"}}}}'
    rows = docker("ps", "-a", "--filter", f"label={CLUSTER_LABEL}", "--format", template)
    pairs = (row.split() for row in rows.splitlines())
    return [name for name, cluster in pairs if cluster.startswith(prefix)]


def sweep(under: Path | None = None) -> None:
    """Remove what this run made (its folder is below `under`), or what a killed one left.

    Another run may be at work beside this one: what is young and not ours is let alone.
    """
    for name in containers() if shutil.which("docker") else []:
        [node] = json.loads(docker("inspect", name))
        mounts = {m["Destination"]: Path(m["Source"]) for m in node["Mounts"]}
        ours = under is not None and under in mounts.get(OWNER_MOUNT, Path()).parents
        age = datetime.now(UTC) - datetime.fromisoformat(node["Created"][:19] + "+00:00")
        if ours or age > LONG_AGO:
            Runtime().remove([node["Id"]])


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    sweep()
    yield
    sweep(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def shared(swept: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KindLab]:
    """`first-sync`, started on kind; each test leaves it running."""
    made = KindLab(CommandLine(tmp_path_factory.mktemp("kind"), START_SECONDS), SHARED)
    made.lab.fine("start", "first-sync", "--provider", "kind", "--workspace", SHARED)
    yield made
    made.lab.down()
