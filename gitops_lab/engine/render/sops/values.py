"""One value of a SOPS file: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

A value is sealed with AES-256-GCM under the file's data key; the path to it is authenticated with
it, so that values can't change places. The format is SOPS' own, since version 3.
"""

import base64
import os
import re
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gitops_lab.engine.render.sops.errors import SopsError

_SEALED = re.compile(r"ENC\[AES256_GCM,data:(.*),iv:(.*),tag:(.*),type:(\w+)\]")
_IV_BYTES = 32

Path = tuple[str, ...]


def is_sealed(value: Any) -> bool:
    """Whether a value is an encrypted one."""
    return isinstance(value, str) and _SEALED.fullmatch(value) is not None


def unseal(value: str, key: bytes, aad: str) -> Any:
    """The plain value with its type. Raises SopsError: Tampered."""
    found = _SEALED.fullmatch(value)
    if found is None:
        raise SopsError("a value is not in the form that SOPS writes", "InvalidSops")
    data, iv, tag = (base64.b64decode(part) for part in found.groups()[:3])
    try:
        text = AESGCM(key).decrypt(iv, data + tag, aad.encode()).decode()
    except (InvalidTag, ValueError) as error:
        where = aad.rstrip(":") or "the file"
        raise SopsError(f"the value of {where} was changed after encryption", "Tampered") from error
    return _typed(text, found[4])


def seal(value: Any, key: bytes, aad: str) -> str:
    """An encrypted value."""
    iv = os.urandom(_IV_BYTES)
    sealed = AESGCM(key).encrypt(iv, as_bytes(value), aad.encode())
    data, iv64, tag = (base64.b64encode(part).decode() for part in (sealed[:-16], iv, sealed[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{iv64},tag:{tag},type:{_type_of(value)}]"


def aad_of(path: Path) -> str:
    """What a value's path is authenticated as; the places in lists don't count."""
    return "".join(f"{part}:" for part in path)


def as_bytes(value: Any) -> bytes:
    """A plain value as SOPS hashes and encrypts it."""
    if isinstance(value, bool):
        return b"True" if value else b"False"
    if isinstance(value, float):
        return _plain(value).encode()
    return str(value).encode()


def _plain(value: float) -> str:
    """The shortest digits without an exponent."""
    text = repr(value)
    if "e" in text or "E" in text:
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _typed(text: str, kind: str) -> Any:
    if kind == "int":
        return int(text)
    if kind == "float":  # to JSON every number is one
        return float(text) if set(text) & set(".eE") else int(text)
    return text == "True" if kind == "bool" else text


def _type_of(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float"}
    return names.get(type(value), "str")
