"""A cluster that plays the company's: running, with things of others in it, without any engine."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.kube import Client, Object, ResourceInfo, yamls
from gitops_lab.kube.errors import NotFound
from gitops_lab.workspace import certificates
from gitops_lab.workspace.access import write_kubeconfig
from gitops_lab.workspace.certificates import KeyPair
from gitops_lab.workspace.embedded import Embedded
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.provider import Provider
from tests.waiting import eventually

CONTEXT = "team"
"""How the context is named in the kubeconfig that the company hands out."""


@dataclass(frozen=True)
class Company:
    """The cluster, its kubeconfig, and an administrator's client."""

    folder: Folder
    kubeconfig: Path
    client: Client

    def objects(self) -> set[tuple[str, str, str, str]]:
        """Identity and uid of everything that people make; what controllers keep is left out."""
        found = set()
        for info in self.client.resources():
            if "list" not in info.verbs or info.kind in _CHANGING:
                continue
            for obj in self._listed(info):
                metadata = obj["metadata"]
                if info.kind == "Namespace" or metadata.get("namespace") not in _OF_CONTROLLERS:
                    identity = (info.kind, metadata.get("namespace", ""), metadata["name"])
                    found.add((*identity, metadata.get("uid", "")))
        return found

    def _listed(self, info: ResourceInfo) -> list[Object]:
        """All of a kind; none of one that went just now, which discovery names a while longer."""
        try:
            return self.client.list(info.api_version, info.kind).items
        except NotFound:
            return []

    def make_namespace(self, name: str) -> Object:
        """Somebody of the company makes a namespace, and controllers put into it what belongs."""
        made = self.apply(namespace(name))
        for kind in ("ConfigMap", "ServiceAccount"):
            eventually(lambda kind=kind: self.client.list("v1", kind, name).items, timeout=30)
        return made

    def apply(self, obj: Object) -> Object:
        """Somebody of the company makes something."""
        return self.client.apply(obj, field_manager="somebody", force=True)


_CHANGING = ("Event", "Lease", "Pod", "EndpointSlice", "Endpoints", "ReplicaSet", "IPAddress")
_OF_CONTROLLERS = ("kube-system", "kube-node-lease", "kube-public")


@contextmanager
def company(
    place: Path, name: str = "company", provider: Provider | None = None
) -> Iterator[Company]:
    """A cluster without a workspace around it; an embedded one unless another is asked for."""
    folder = Folder(place, name)
    folder.root.mkdir(parents=True)
    write_atomically(folder.token, secrets.token_urlsafe(16))
    certificates.make_authority(KeyPair(folder.ca_certificate, folder.ca_key), "company")
    provider = provider or Embedded()
    try:
        access = provider.start(folder, "main", lambda report: None)
        provider.settle(folder, "main", lambda report: None)
        kubeconfig = place / "company.kubeconfig"
        write_kubeconfig(kubeconfig, {CONTEXT: access})
        client = Client.from_kubeconfig(kubeconfig, CONTEXT)
        eventually(lambda: client.list("v1", "ConfigMap", "default").items)
        eventually(lambda: client.list("v1", "ServiceAccount", "default").items)
        yield Company(folder, kubeconfig, client)
        client.close()
    finally:
        provider.delete(folder, "main")


def renamed(kubeconfig: Path, context: str, into: Path) -> Path:
    """The same cluster under another context's name."""
    config = yamls.load(kubeconfig.read_text())
    config["contexts"][0]["name"] = context
    config["current-context"] = context
    into.write_text(yamls.dump(config))
    return into


def namespace(name: str) -> Object:
    """A namespace, to apply."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def config_map(name: str, where: str, **data: str) -> Object:
    """A ConfigMap, to apply."""
    metadata = {"name": name, "namespace": where}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
