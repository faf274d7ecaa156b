"""The workspace's OCI registry, in the loop process; the samples' images are in it."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from gitops_lab.asgi.basic import USER
from gitops_lab.registry import RegistryStore, Seed, publish
from gitops_lab.registry.server import RegistryServer
from gitops_lab.samples import catalog
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.registry import address_of, login_file


def start_registry(workspace: Path, also: Sequence[str]) -> RegistryServer:
    """Serve it, on last time's port if that is free, and write down where.

    Raises RegistryError.
    """
    store = RegistryStore(workspace / "registry" / "content")
    publish(store, _seeds())
    token = (workspace / "token").read_text()
    before = address_of(workspace).rpartition(":")[2]
    server = RegistryServer(store, token, port=int(before or 0), also=also)
    server.start()
    credentials = base64.b64encode(f"{USER}:{token}".encode()).decode()
    logins = {server.address: {"auth": credentials}}
    write_atomically(login_file(workspace), json.dumps({"auths": logins}, indent=2) + "\n")
    return server


def _seeds() -> list[Seed]:
    # The command of a sample names this machine's Python; an image says what it would be in itself.
    return [
        Seed(image.reference, environment=image.environment, ports=image.ports)
        for image in catalog().values()
    ]
