"""The releases that helm keeps in Secrets: one for each revision, compressed JSON in base64."""

import base64
import contextlib
import gzip
import json
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import AlreadyExists, NotFound
from gitops_lab.kube.objects import labels_of

SECRET_TYPE = "helm.sh/release.v1"  # noqa: S105
PENDING = ("pending-install", "pending-upgrade", "pending-rollback")


@dataclass(frozen=True)
class Stored:
    """One revision of a release; `data` is what helm wrote."""

    data: dict[str, Any]
    secret: Object

    @property
    def name(self) -> str:
        """The release's name."""
        return str(self.data["name"])

    @property
    def namespace(self) -> str:
        """The namespace of the release's objects."""
        return str(self.data.get("namespace", ""))

    @property
    def version(self) -> int:
        """The revision, from 1."""
        return int(self.data.get("version", 0))

    @property
    def info(self) -> dict[str, Any]:
        """Status, times, description."""
        info: dict[str, Any] = self.data.get("info") or {}
        return info

    @property
    def status(self) -> str:
        """`deployed`, `failed`, `superseded`, `pending-upgrade` …"""
        return str(self.info.get("status", "unknown"))

    @property
    def chart(self) -> dict[str, Any]:
        """The chart's metadata."""
        chart: dict[str, Any] = (self.data.get("chart") or {}).get("metadata") or {}
        return chart

    @property
    def manifest(self) -> str:
        """The objects that were applied, as YAML; hooks are not among them."""
        return str(self.data.get("manifest") or "")

    @property
    def hooks(self) -> list[dict[str, Any]]:
        """The hooks with how they last went."""
        return list(self.data.get("hooks") or [])


class Storage:
    """The Secrets of one namespace."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self.namespace = namespace

    def all(self, name: str) -> list[Stored]:
        """All revisions, newest first. Raises ApiError."""
        selector = f"owner=helm,name={name}"
        found = self._client.list("v1", "Secret", self.namespace, label_selector=selector)
        stored = [Stored(decode(one), one) for one in found.items if one.get("type") == SECRET_TYPE]
        return sorted(stored, key=lambda one: one.version, reverse=True)

    def last(self, name: str) -> Stored | None:
        """The newest revision, None when there is none."""
        return next(iter(self.all(name)), None)

    def get(self, name: str, version: int) -> Stored | None:
        """A revision."""
        return next((one for one in self.all(name) if one.version == version), None)

    def fail(self, stored: Stored, description: str) -> Stored:
        """Write a revision back as failed: what unlocks one that was left pending."""
        info = {**stored.info, "status": "failed", "description": description}
        return self.put_back(Stored({**stored.data, "info": info}, stored.secret))

    def put_back(self, stored: Stored) -> Stored:
        """Write a revision as it is here, whatever has become of it."""
        metadata = {**stored.secret["metadata"], "namespace": self.namespace}
        labels = {**labels_of(stored.secret), "status": stored.status}
        patch = {"metadata": {"labels": labels}, "data": {"release": encode(stored.data)}}
        secret = {**stored.secret, "metadata": metadata}
        return Stored(stored.data, self._client.patch(secret, patch))

    def move(self, name: str, to: str) -> None:
        """Bring the revisions to another namespace; there the newer content wins."""
        for stored in self.all(name):
            metadata = stored.secret["metadata"]
            copy: Object = {
                "apiVersion": "v1",
                "kind": "Secret",
                "type": SECRET_TYPE,
                "metadata": {
                    "name": metadata["name"],
                    "namespace": to,
                    "labels": labels_of(stored.secret),
                },
                "data": stored.secret["data"],
            }
            try:
                self._client.create(copy)
            except AlreadyExists:
                self._client.patch(copy, {"metadata": copy["metadata"], "data": copy["data"]})
            self._remove(metadata["name"])

    def keep_only(self, name: str, versions: set[int]) -> None:
        """Remove the revisions that are not among these."""
        for stored in self.all(name):
            if stored.version not in versions:
                self._remove(stored.secret["metadata"]["name"])

    def _remove(self, secret: str) -> None:
        with contextlib.suppress(NotFound):
            self._client.delete("v1", "Secret", secret, self.namespace)


def decode(secret: Object) -> dict[str, Any]:
    """What helm wrote into a Secret. Raises ValueError."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    if packed[:2] != b"\x1f\x8b":
        raise ValueError(f"Secret {secret['metadata']['name']} holds no release of helm's")
    data: dict[str, Any] = json.loads(gzip.decompress(packed))
    return data


def encode(data: dict[str, Any]) -> str:
    """The reverse, as the value of a Secret's key."""
    packed = gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()
