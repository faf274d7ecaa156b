"""The `sops` part of a file: for whom the data key is encrypted, and the file's checksum."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.engine.render.sops.errors import SopsError
from gitops_lab.engine.render.sops.values import as_bytes, is_sealed, unseal

_MAC_ONLY_ENCRYPTED = bytes.fromhex(
    "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69"
)
"""What the checksum of a file with mac_only_encrypted begins with."""
_OTHERS = ("kms", "gcp_kms", "azure_kv", "hc_vault", "pgp", "key_groups")


@dataclass(frozen=True)
class Metadata:
    """What SOPS wrote down beside the values."""

    age: tuple[tuple[str, str], ...]
    modified: str
    mac: str
    mac_only_encrypted: bool = False

    @classmethod
    def read(cls, raw: Any) -> "Metadata":
        """Raises SopsError."""
        if not isinstance(raw, Mapping):
            raise SopsError("`sops` is not a mapping", "InvalidSops")
        age = tuple(
            (str(entry.get("recipient", "")), str(entry.get("enc", "")))
            for entry in raw.get("age") or []
            if isinstance(entry, Mapping)
        )
        if not age:
            other = next((name for name in _OTHERS if raw.get(name)), "")
            said = f"its key is kept by {other}, and only age is read here" if other else "no key"
            raise SopsError(f"it is not encrypted for an age key: {said}", "NoKey")
        return cls(
            age,
            str(raw.get("lastmodified", "")),
            str(raw.get("mac", "")),
            raw.get("mac_only_encrypted") in (True, "true"),
        )

    def data_key(self, identities: Iterable[str]) -> bytes:
        """The key of the values, opened with one of the identities. Raises SopsError: NoKey."""
        import pyrage  # 5 ms that only those with secrets pay

        mine = [pyrage.x25519.Identity.from_str(identity) for identity in identities]
        for _, sealed in self.age:
            try:
                return bytes(pyrage.decrypt(sealed.encode(), mine))
            except pyrage.DecryptError:
                continue
        recipients = ", ".join(recipient for recipient, _ in self.age)
        have = ", ".join(str(one.to_public()) for one in mine) or "none"
        raise SopsError(f"it is encrypted for {recipients}, and the keys here are {have}", "NoKey")

    def check(self, leaves: Iterable[tuple[Any, bool]], key: bytes) -> None:
        """Compare the checksum of all (plain value, was encrypted). Raises SopsError: Tampered."""
        digest = checksum(leaves, only_encrypted=self.mac_only_encrypted)
        written = str(unseal(self.mac, key, self.modified)) if is_sealed(self.mac) else ""
        if not hmac.compare_digest(digest, written):
            raise SopsError("a value was changed, added or removed after encryption", "Tampered")


def checksum(leaves: Iterable[tuple[Any, bool]], *, only_encrypted: bool = False) -> str:
    """The SHA-512 of all plain values in their order, as SOPS writes it."""
    digest = hashlib.sha512(_MAC_ONLY_ENCRYPTED if only_encrypted else b"")
    for value, encrypted in leaves:
        if value is not None and (encrypted or not only_encrypted):
            digest.update(as_bytes(value))
    return digest.hexdigest().upper()


def identities_in(text: str) -> tuple[str, ...]:
    """The age identities in a key file, as age-keygen writes it."""
    return tuple(re.findall(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", text, re.MULTILINE))
