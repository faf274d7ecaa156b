"""How the two sides of a cluster reach each other; a provider writes it, the loop reads it.

The embedded cluster needs none of it: its ports are this machine's own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitops_lab.workspace.files import write_atomically

_FILE = "reach.json"


@dataclass(frozen=True)
class Reach:
    """`node_ports` is the port on 127.0.0.1 by NodePort; `host_address` is where pods find us."""

    node_ports: Mapping[int, int] = field(default_factory=dict)
    host_address: str = ""


def write_reach(cluster_folder: Path, reach: Reach) -> None:
    """Keep it in the cluster's folder."""
    ports = {str(inside): outside for inside, outside in reach.node_ports.items()}
    content = {"node_ports": ports, "host_address": reach.host_address}
    write_atomically(cluster_folder / _FILE, json.dumps(content))


def read_reach(cluster_folder: Path) -> Reach:
    """What the provider wrote; empty when it wrote nothing."""
    try:
        raw = json.loads((cluster_folder / _FILE).read_text())
    except FileNotFoundError:
        return Reach()
    ports = {int(inside): int(outside) for inside, outside in raw["node_ports"].items()}
    return Reach(ports, raw["host_address"])
