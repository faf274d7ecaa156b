"""Publishing images whose content is known elsewhere: a manifest with a config and no layers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitops_lab.registry.errors import RegistryError
from gitops_lab.registry.manifests import OCI_MANIFEST, image
from gitops_lab.registry.names import Reference
from gitops_lab.registry.store import RegistryStore

_CREATED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Seed:
    """An image's reference, and what its config says."""

    reference: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()


def publish(store: RegistryStore, seeds: Iterable[Seed]) -> None:
    """Push each under its tag, unless that tag is there. The same seed has the same digest."""
    for seed in seeds:
        reference = Reference.parse(seed.reference)
        if not _is_there(store, reference):
            content = json.dumps(_config(seed), sort_keys=True).encode()
            digest = store.put_blob(reference.path, content)
            notes = {"org.opencontainers.image.version": reference.tag}
            manifest = image(notes, digest, len(content))
            store.put_manifest(reference.path, reference.tag, OCI_MANIFEST, manifest)


def _is_there(store: RegistryStore, reference: Reference) -> bool:
    try:
        store.manifest(reference.path, reference.tag)
    except RegistryError:
        return False
    return True


def _config(seed: Seed) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Env": [f"{key}={value}" for key, value in sorted(seed.environment.items())],
            "Cmd": list(seed.command),
            "ExposedPorts": {f"{port}/tcp": {} for port in seed.ports},
        },
        "rootfs": {"type": "layers", "diff_ids": []},
    }
