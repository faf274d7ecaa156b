"""What can go wrong around kind, in words that say what to do."""

import re
from collections.abc import Iterable

from gitops_lab.errors import Place, WorkspaceError

_DAEMONS = {"docker": "Docker", "podman": "Podman", "nerdctl": "containerd"}
"""What serves a command, in its own spelling."""
_KIND_ERROR = re.compile(r"^ERROR: (.*)", re.MULTILINE)
_TAKEN = re.compile("address already in use|port is already allocated", re.IGNORECASE)
_PORT = re.compile(r"127\.0\.0\.1:(\d+)")
_FULL = re.compile("no space left on device", re.IGNORECASE)


def no_runtime(program: str, others: Iterable[str] = ()) -> WorkspaceError:
    """The command of the container runtime is missing; `others` that kind knows are there."""
    instead = [f"`export KIND_EXPERIMENTAL_PROVIDER={o}` for your {o}" for o in others]
    ways = ["Install Docker (https://docs.docker.com/get-docker/)", *instead]
    return WorkspaceError(
        f"{program} is not installed, and kind needs it.",
        reason="NoDocker",
        hint=f"{', '.join(ways)}, or use the embedded cluster: leave out `--provider kind`.",
    )


def silent_runtime(program: str, seconds: float) -> WorkspaceError:
    """The runtime took a command and said nothing."""
    return WorkspaceError(
        f"{program} has not answered for {seconds:.0f} s.",
        reason="DockerSilent",
        hint=f"Restart {_DAEMONS.get(program, program)}, then run the command again: it goes on "
        "where it was.",
    )


def of_runtime(program: str, said: str) -> WorkspaceError:
    """The runtime refused a command."""
    if "permission denied" in said.lower():
        return WorkspaceError(
            f"you may not use {program}: {_last_line(said)}",
            reason="DockerPermission",
            hint="Add yourself to its group (`sudo usermod -aG docker $USER`, then log in again), "
            "or run Docker rootless.",
        )
    if re.search("cannot connect|is the docker daemon running|connection refused", said, re.I):
        return WorkspaceError(
            f"{program} is installed, but its daemon is not running.",
            reason="DockerNotRunning",
            hint="Start Docker (on Linux `sudo systemctl start docker`, elsewhere its app), then "
            "run the command again: it goes on where it was.",
        )
    if _TAKEN.search(said):
        found = _PORT.search(said)
        which = f"port {found[1]}" if found else "a port"
        return WorkspaceError(
            f"{which} of this computer, which the cluster listens on, is taken by another program.",
            reason="PortTaken",
            hint="End that program and run the command again; or `gitops-lab down` and start anew: "
            "a new cluster takes ports that are free.",
        )
    return WorkspaceError(
        f"{program} failed: {_last_line(said)}",
        reason="DockerFailed",
        hint=f"Run the command again: some of what {program} refuses passes. `{program} info` says "
        "more.",
    )


def no_kind() -> WorkspaceError:
    """The kind command is missing."""
    return WorkspaceError(
        "kind is not installed.",
        reason="NoKind",
        hint="Install it (https://kind.sigs.k8s.io/docs/user/quick-start/#installation): "
        "`brew install kind`, or `go install sigs.k8s.io/kind@v0.33.0`.",
    )


def old_kind(found: str, wanted: str) -> WorkspaceError:
    """The kind command does not know our node image."""
    return WorkspaceError(
        f"this is kind {found}; the node image needs {wanted} or newer.",
        reason="OldKind",
        hint=f"Update it: `brew upgrade kind`, or `go install sigs.k8s.io/kind@v{wanted}`.",
    )


def foreign_cluster(cluster: str) -> WorkspaceError:
    """A cluster has our name, and somebody else's hand."""
    return WorkspaceError(
        f"there is a kind cluster named {cluster!r} that this workspace did not make; it is left "
        "alone.",
        reason="ForeignCluster",
        hint="Name another workspace with --workspace, or remove that cluster yourself: "
        f"`kind delete cluster --name {cluster}`.",
    )


def lost_cluster(cluster: str) -> WorkspaceError:
    """The cluster of a workspace is gone."""
    return WorkspaceError(
        f"the kind cluster {cluster!r} of this workspace is gone; somebody has removed it.",
        reason="ClusterGone",
        hint="`gitops-lab down`, then start again; your clones stay.",
    )


def frozen_node(container: str, freezer: str) -> WorkspaceError:
    """A node that can't be killed, as a cgroup in it is frozen, and we may not thaw it."""
    short = container[:12]
    return WorkspaceError(
        f"the node {short} can't be ended: one of its processes was left frozen (cgroup v1), and "
        "only root may free it.",
        reason="FrozenNode",
        hint=f"Run `sudo find {freezer} -path '*{short}*' -name freezer.state -exec sh -c "
        "'echo THAWED >\"$0\"' {} ';'`, then the command again.",
    )


def not_ready(what: str, seconds: float, log: str) -> WorkspaceError:
    """The cluster was made and does not get ready."""
    return WorkspaceError(
        f"{what} was not ready within {seconds:.0f} s.",
        reason="ClusterNotReady",
        place=Place(file=log),
        hint="Is the machine short of memory or disk? `docker stats` shows it; then try again.",
    )


def image_not_loaded(said: str, log: str) -> WorkspaceError:
    """A node did not take the samples' images."""
    if _FULL.search(said):
        return _full("the samples' images can't be loaded into the cluster: ", log)
    return WorkspaceError(
        f"the samples' images can't be loaded into the cluster: {_last_line(said)}",
        reason="ImageLoadFailed",
        place=Place(file=log),
        hint="Their archive is made anew by the next start; run the command again.",
    )


def of_kind(said: str, image: str, log: str) -> WorkspaceError:
    """`kind create cluster` failed; `said` is all that it printed."""
    place = Place(file=log)
    if re.search("failed to pull image|pull access denied|manifest unknown", said):
        return WorkspaceError(
            f"Docker can't get the node image {image}.",
            reason="NodeImageMissing",
            place=place,
            hint="Is the registry in reach? Without one, build the image from packages with "
            "`scripts/kind-image load`, or name one that you have in GITOPS_LAB_KIND_IMAGE.",
        )
    if _FULL.search(said):
        return _full("", log)
    found = _KIND_ERROR.findall(said)
    return WorkspaceError(
        f"kind could not create the cluster: {_last_line(found[-1] if found else said)}",
        reason="KindFailed",
        place=place,
        hint="The log has all of kind's output; the nodes' own logs lie beside it.",
    )


def _full(before: str, log: str) -> WorkspaceError:
    return WorkspaceError(
        f"{before}the disk of Docker is full.",
        reason="DiskFull",
        place=Place(file=log),
        hint="`docker system df` shows what takes room, `docker system prune` frees some.",
    )


def _last_line(said: str) -> str:
    """The last thing that was said, as a sentence."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"{lines[-1].rstrip('.')}." if lines else "it gave no reason."
