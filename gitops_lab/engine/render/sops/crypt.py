"""Opening and writing files in the format of SOPS, with age keys: YAML, JSON, .env, and any bytes.

Compared with the genuine program in the tests, both ways. Nothing is opened whose checksum is
wrong: a file that was changed without SOPS is refused, not half read.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from textwrap import indent
from typing import Any

from gitops_lab.engine.render.sops import yamltext
from gitops_lab.engine.render.sops.errors import SopsError
from gitops_lab.engine.render.sops.metadata import Metadata, checksum, identities_in
from gitops_lab.engine.render.sops.values import Path, aad_of, is_sealed, seal, unseal

__all__ = ["SopsError", "decrypt", "encrypt", "identities_in", "is_encrypted"]

ENCRYPTED_FIELDS = "^(data|stringData)$"
_MARK = b"ENC[AES256_GCM,"
_VERSION = "3.11.0"
_LIST = "__list_0__map_"
_METADATA = """sops:
    age:
{age}    lastmodified: "{modified}"
    mac: {mac}
    encrypted_regex: {fields}
    version: {version}
"""
_RECIPIENT = """        - recipient: {name}
          enc: |
{enc}"""


def is_encrypted(content: bytes) -> bool:
    """Whether a file's content is encrypted."""
    return _MARK in content and b"sops" in content


def decrypt(content: bytes, name: str, identities: Sequence[str]) -> bytes:
    """The plain content of a file; its name says the format. Raises SopsError."""
    text = _text(content)
    suffix = PurePath(name).suffix
    if suffix in (".yaml", ".yml"):
        return _decrypt_yaml(text, identities).encode()
    if suffix == ".env" or PurePath(name).name == ".env":
        return _decrypt_env(text, identities).encode()
    return _decrypt_json(text, identities, binary=suffix != ".json")


def encrypt(content: bytes, recipients: Sequence[str], *, fields: str = ENCRYPTED_FIELDS) -> bytes:
    """YAML with every value below a matching field encrypted, for all recipients.

    Raises SopsError when it is encrypted already, or a recipient is no age key.
    """
    text = _text(content)
    read = yamltext.read(text)
    if read.metadata is not None:
        raise SopsError("it is encrypted already", "InvalidSops")
    key = os.urandom(32)
    chosen = re.compile(fields)
    inside = {leaf: any(chosen.search(part) for part in leaf.path) for leaf in read.leaves}
    sealed = [
        (leaf, seal(leaf.value, key, aad_of(leaf.path)))
        for leaf, secret in inside.items()
        if secret and leaf.value not in (None, "")
    ]
    if not sealed:
        raise SopsError(f"no field matches {fields}, so nothing would be secret", "InvalidSops")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mac = checksum((leaf.value, secret) for leaf, secret in inside.items())
    keys = [(recipient, _sealed_for(recipient, key)) for recipient in recipients]
    metadata = _METADATA.format(
        age="".join(_RECIPIENT.format(name=n, enc=indent(e, " " * 12)) for n, e in keys),
        modified=now,
        mac=seal(mac, key, now),
        fields=json.dumps(fields),
        version=_VERSION,
    )
    return _with_metadata(yamltext.written(text, sealed, ()), metadata).encode()


def _with_metadata(text: str, metadata: str) -> str:
    """Every document of a file carries the same metadata at its end."""
    parts = re.split(r"(?m)^---[^\S\n]*$\n?", text)
    documents = [part if part.endswith("\n") or not part else part + "\n" for part in parts]
    return "---\n".join(part + metadata if part.strip() else part for part in documents)


def _sealed_for(recipient: str, key: bytes) -> str:
    import pyrage

    try:
        public = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise SopsError(f"{recipient!r} is not the public part of an age key", "NoKey") from error
    return str(pyrage.encrypt(key, [public], armored=True).decode())


def _decrypt_yaml(text: str, identities: Sequence[str]) -> str:
    read = yamltext.read(text)
    metadata = Metadata.read(read.metadata)
    key = metadata.data_key(identities)
    opened = [(leaf, is_sealed(leaf.value)) for leaf in read.leaves]
    values = [
        unseal(leaf.value, key, aad_of(leaf.path)) if sealed else leaf.value
        for leaf, sealed in opened
    ]
    metadata.check(
        ((value, sealed) for value, (_, sealed) in zip(values, opened, strict=True)), key
    )
    changes = [
        (leaf, value) for value, (leaf, sealed) in zip(values, opened, strict=True) if sealed
    ]
    return yamltext.written(text, changes, read.spans)


def _decrypt_json(text: str, identities: Sequence[str], *, binary: bool) -> bytes:
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise SopsError("it is neither YAML nor JSON", "InvalidSops") from error
    metadata = Metadata.read(tree.pop("sops", None))
    key = metadata.data_key(identities)
    seen: list[tuple[Any, bool]] = []

    def open_one(value: Any, path: Path) -> Any:
        sealed = is_sealed(value)
        plain = unseal(value, key, aad_of(path)) if sealed else value
        seen.append((plain, sealed))
        return plain

    plain = _mapped(tree, (), open_one)
    metadata.check(seen, key)
    return str(plain["data"]).encode() if binary else json.dumps(plain, indent=2).encode()


def _mapped(value: Any, path: Path, change: Callable[[Any, Path], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(inner, (*path, key), change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, path, change) for inner in value]
    return change(value, path)


def _decrypt_env(text: str, identities: Sequence[str]) -> str:
    pairs = list(_pairs(text))
    flat = {name.removeprefix("sops_"): v for name, v in pairs if name.startswith("sops_")}
    age = [{}] if not flat.get(f"age{_LIST}enc") else [_entry(flat)]
    metadata = Metadata.read({**flat, "age": age})
    key = metadata.data_key(identities)
    rest = [(name, value) for name, value in pairs if not name.startswith("sops_")]
    plain = [(n, unseal(v, key, f"{n}:") if is_sealed(v) else v, is_sealed(v)) for n, v in rest]
    metadata.check(((value, sealed) for _, value, sealed in plain), key)
    return "".join(f"{name}={value}\n" for name, value, _ in plain)


def _entry(flat: dict[str, str]) -> dict[str, str]:
    return {
        "enc": flat[f"age{_LIST}enc"].replace("\\n", "\n"),
        "recipient": flat.get(f"age{_LIST}recipient", ""),
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name, value


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SopsError("it is no text", "InvalidSops") from error
