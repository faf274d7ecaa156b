"""A whole embedded cluster, as a workspace has it, without Git server and engine."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.workspace import certificates, processes
from gitops_lab.workspace.access import write_kubeconfig
from gitops_lab.workspace.certificates import KeyPair
from gitops_lab.workspace.embedded import Embedded
from gitops_lab.workspace.folder import Folder

_SECONDS = 90


@dataclass(frozen=True)
class Cluster:
    """What a client needs: the kubeconfig, and an environment that names no other cluster."""

    kubeconfig: Path
    home: Path
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "KUBECONFIG": str(self.kubeconfig),
            "KUBE_EDITOR": "true",
        }

    def run(
        self, program: str | Path, *arguments: str, stdin: str = "", fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a client to its end; fails the test unless it does as `fails` says."""
        done = subprocess.run(
            [str(program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            cwd=self.home,
            env=self.environment,
        )
        assert bool(done.returncode) == fails, f"{arguments}: {done.stdout}{done.stderr}"
        return done


@contextmanager
def cluster(folder: Path, *, nodes: int = 1) -> Iterator[Cluster]:
    """Up, and ended with the context."""
    os.environ["GITOPS_LAB_NODES"] = str(nodes)
    place = Folder(folder, "clients")
    place.root.mkdir(parents=True)
    (folder / "home").mkdir()
    place.token.write_text(secrets.token_urlsafe(32))
    certificates.make_authority(KeyPair(place.ca_certificate, place.ca_key), place.name)
    provider = Embedded()
    access = provider.start(place, "main", lambda _step: None)
    try:
        write_kubeconfig(place.kubeconfig, {"main": access})
        process = processes.read(place.pid("cluster-main"))
        assert process is not None
        yield Cluster(place.kubeconfig, folder / "home", process.pid)
    finally:
        provider.stop(place, "main")


def kubectl_path() -> Path:
    return Path(sys.executable).with_name("kubectl")
