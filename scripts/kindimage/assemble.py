"""From parts to the image in Docker, and to a file that can be carried to another machine."""

import shutil
import subprocess
import time
from pathlib import Path

from scripts.kindimage import contents, debian, licences, node, programs
from scripts.kindimage.common import KIND, KUBERNETES, Failure, cache, key, only_one, run, say

LABEL = "gitops-lab.dev/node-image"
TAG = f"gitops-lab/kind-node:{KUBERNETES}"
_BASE = "gitops-lab/kind-node-base:build"
_CONTAINERD_SECONDS = 60.0
_END_CONTAINERD = "pkill -x containerd; while pgrep -x containerd >/dev/null; do sleep 0.1; done"


def result() -> Path:
    """The finished image as `docker save` writes it, compressed."""
    return cache() / key() / "node.tar.gz"


def build() -> Path:
    """Make whatever is missing; the path of the finished image."""
    with only_one(cache() / ".lock"):
        if not result().exists():
            begun = time.monotonic()
            _build(result())
            say(f"built in {time.monotonic() - begun:.0f} s")
    return result()


def load() -> str:
    """Load the finished image into Docker unless it is there; its tag."""
    if loaded_key() != key():
        require_docker()
        say(f"load {TAG} into Docker")
        run(["docker", "load", "--quiet", "--input", result()])
    return TAG


def loaded_key() -> str:
    """Which build Docker has under our tag; "" for none."""
    template = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    done = subprocess.run(
        ["docker", "image", "inspect", "--format", template, TAG],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def require_docker() -> None:
    """Raises Failure unless a Docker daemon answers."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failure("docker is missing: apt-get install docker.io") from None
    if done.returncode:
        raise Failure("Docker does not answer. Start it, or one of our own: scripts/docker start")


def _build(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    built = programs.build_all()
    base = debian.base()
    require_docker()
    go = programs.find_go()
    archive = target.parent / "images.tar"
    if not archive.exists():
        contents.write(archive, built, base, KUBERNETES)
    tree = target.parent / "node-base.tar"
    if not tree.exists():
        say("the node's root file system")
        node.write(
            tree,
            base=base,
            kind=programs.module_folder("sigs.k8s.io/kind", KIND, go),
            programs=built,
            licences=licences.of_programs(built.values(), go),
            version=KUBERNETES,
        )
    _to_image(tree, archive)
    say(f"save to {target}")
    _save(target)
    for part in (tree, archive):
        part.unlink()
    shutil.rmtree(target.parent / "layers")


def _save(target: Path) -> None:
    """A third of the size; a machine that gets the file over a network is glad of it."""
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        saved = subprocess.Popen(["docker", "save", TAG], stdout=subprocess.PIPE)
        packed = subprocess.run(["gzip", "-3"], stdin=saved.stdout, stdout=file, check=False)
    if saved.wait() or packed.returncode:
        raise Failure(f"the image can't be saved to {target}. Is the disk full?")
    fresh.replace(target)


def _to_image(tree: Path, archive: Path) -> None:
    """Import the tree, let the node's own containerd take the images in, and keep the outcome."""
    say("import into Docker")
    run(["docker", "import", tree, _BASE])
    command = ["docker", "run", "--detach", f"--label={LABEL}={key()}", "--network=none"]
    command += ["--volume", f"{archive.parent}:/build:ro", "--stop-signal=SIGRTMIN+3"]
    container = run([*command, "--entrypoint=sleep", _BASE, "infinity"], capture=True).strip()
    try:
        run(["docker", "exec", "--detach", container, "containerd"])
        _wait_for_containerd(container)
        say("import the images into the node's containerd")
        command = ["ctr", "--namespace=k8s.io", "images", "import", "--no-unpack", "--digests"]
        command += ["--label=io.cri-containerd.pinned=pinned", f"/build/{archive.name}"]
        run(["docker", "exec", container, *command], capture=True)
        run(["docker", "exec", container, "sh", "-c", _END_CONTAINERD])
        say("commit")
        changes = [
            f'ENTRYPOINT ["{node.ENTRYPOINT}", "/sbin/init"]',
            "CMD []",
            "ENV container=docker",
            f"LABEL {LABEL}={key()}",
        ]
        flags = [part for change in changes for part in ("--change", change)]
        run(["docker", "commit", *flags, container, TAG])
    finally:
        run(["docker", "rm", "--force", "--volumes", container])
    run(["docker", "image", "rm", "--no-prune", _BASE])
    run(["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"], capture=True)


def _wait_for_containerd(container: str) -> None:
    deadline = time.monotonic() + _CONTAINERD_SECONDS
    probe = ["docker", "exec", container, "ctr", "version"]
    while subprocess.run(probe, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise Failure("containerd did not start while the node image was built.")
        time.sleep(0.2)
