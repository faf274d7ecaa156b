"""What Docker knows about a cluster's nodes. Podman and nerdctl answer the same questions."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gitops_lab.workspace.kind import frozen, refusals

CLUSTER_LABEL = "io.x-k8s.kind.cluster"
OWNER_MOUNT = "/gitops-lab"
"""Where a node has the folder of its workspace; by it a node is known as ours."""
_SECONDS = 60.0
_ENDING_SECONDS = 120.0
_CHANGING_SECONDS = 30.0
_CHANGING_PAUSE = 0.1
_OTHERS = ("podman", "nerdctl")
_NETWORK_VARIABLES = {
    "docker": "KIND_EXPERIMENTAL_DOCKER_NETWORK",
    "podman": "KIND_EXPERIMENTAL_PODMAN_NETWORK",
}


@dataclass(frozen=True)
class Machine:
    """What the daemon says of itself and its host."""

    cgroup_version: str
    default_runtime: str

    @property
    def restricted(self) -> bool:
        """Whether containers can't get CAP_SYS_RESOURCE (see scripts/docker)."""
        return self.default_runtime == "gitops-lab-runc"


@dataclass(frozen=True)
class Node:
    """A node's container. `ports` is host port on 127.0.0.1 by port of the node."""

    id: str
    name: str
    running: bool
    owner: Path | None
    ports: Mapping[int, int]

    @property
    def control_plane(self) -> bool:
        """Whether it serves the API."""
        return self.name.endswith("-control-plane")


class Runtime:
    """The command line of Docker, or of what KIND_EXPERIMENTAL_PROVIDER names, as for kind."""

    @cached_property
    def program(self) -> str:
        """docker, podman, nerdctl or finch."""
        return os.environ.get("KIND_EXPERIMENTAL_PROVIDER") or "docker"

    def ask(self, *arguments: str, timeout: float = _SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it. Raises WorkspaceError when it can't be run."""
        try:
            return subprocess.run(
                [self.program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError:
            raise refusals.no_runtime(self.program, filter(shutil.which, _OTHERS)) from None
        except subprocess.TimeoutExpired:
            raise refusals.silent_runtime(self.program, timeout) from None

    def run(self, *arguments: str, timeout: float = _SECONDS) -> str:
        """What a command says. Raises WorkspaceError, with the fix, when it fails."""
        return self._succeeded(self.ask(*arguments, timeout=timeout))

    def stop(self, containers: Sequence[str], seconds: int) -> None:
        """Stop containers, killing what runs after so many seconds. Raises WorkspaceError."""
        self._end(["stop", "--time", str(seconds)], containers)

    def remove(self, containers: Sequence[str]) -> None:
        """Kill and remove containers, with their volumes. Raises WorkspaceError."""
        self._end(["rm", "--force", "--volumes"], containers)

    def _end(self, command: Sequence[str], containers: Sequence[str]) -> None:
        done = self.ask(*command, *containers, timeout=_ENDING_SECONDS)
        if done.returncode and frozen.freed(done.stderr, containers):
            done = self.ask(*command, *containers, timeout=_ENDING_SECONDS)
        self._succeeded(done)

    def _succeeded(self, done: subprocess.CompletedProcess[str]) -> str:
        if done.returncode:
            raise refusals.of_runtime(self.program, done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def machine(self) -> Machine:
        """Raises WorkspaceError when the daemon does not answer."""
        said = self.run("info", "--format", "{{json .}}")
        info: dict[str, Any] = json.loads(said)
        host = info.get("host") or {}  # Podman's words
        errors = info.get("ServerErrors") or []
        if errors:  # some versions of the command exit with 0 then
            raise refusals.of_runtime(self.program, " ".join(errors))
        version = str(info.get("CgroupVersion") or host.get("cgroupVersion") or "2")
        runtime = info.get("DefaultRuntime") or (host.get("ociRuntime") or {}).get("name") or ""
        return Machine(version.removeprefix("v"), Path(str(runtime)).name)

    def has_image(self, reference: str) -> bool:
        """Whether an image is here already."""
        return self.ask("image", "inspect", "--format", "{{.Id}}", reference).returncode == 0

    def nodes(self, cluster: str) -> list[Node]:
        """The containers of a kind cluster, whoever made it, control planes first.

        Docker lists a container before it can be looked at, while it makes it, and after it has
        removed it; that is waited for, as whoever asked for it may be gone.
        """
        deadline = time.monotonic() + _CHANGING_SECONDS
        while True:
            ids = self.run("ps", "-aq", "--filter", f"label={CLUSTER_LABEL}={cluster}").split()
            nodes = [_node(each) for each in self._described(ids)]
            if len(nodes) == len(ids) or time.monotonic() > deadline:
                return sorted(nodes, key=lambda node: (not node.control_plane, node.name))
            time.sleep(_CHANGING_PAUSE)

    def _described(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """One by one, as one of them may be none just now."""
        for each in ids:
            done = self.ask("inspect", "--type", "container", each)
            if done.returncode == 0:
                yield from json.loads(done.stdout)
            elif not re.search("no such", done.stderr, re.IGNORECASE):
                raise refusals.of_runtime(self.program, done.stderr.strip())

    def gateway(self) -> str:
        """The address of this machine on kind's network, as pods reach it; "" for none."""
        # nerdctl and finch are always given the one name.
        named = _NETWORK_VARIABLES.get(self.program, "")
        done = self.ask("network", "inspect", os.environ.get(named) or "kind")
        if done.returncode:
            return ""
        described: dict[str, Any] = json.loads(done.stdout)[0]
        ranges = (described.get("IPAM") or {}).get("Config") or described.get("subnets") or []
        found = [str(each.get("Gateway") or each.get("gateway") or "") for each in ranges]
        return next((address for address in found if "." in address), "")


def _node(described: Mapping[str, Any]) -> Node:
    mounts = described.get("Mounts") or []
    owner = next((m["Source"] for m in mounts if m.get("Destination") == OWNER_MOUNT), None)
    networks = described.get("NetworkSettings") or {}
    # What was asked for: with Docker a stopped container has none else. nerdctl tells it only so.
    bindings = described.get("HostConfig", {}).get("PortBindings") or networks.get("Ports") or {}
    return Node(
        id=described["Id"],
        name=described["Name"].lstrip("/"),
        running=bool(described["State"]["Running"]) and not described["State"].get("Paused"),
        owner=Path(owner) if owner else None,
        ports={
            int(port.partition("/")[0]): int(bound[0]["HostPort"])
            for port, bound in bindings.items()
            if bound and bound[0].get("HostPort")
        },
    )
