"""Signatures by an SSH key, as git keeps them in a commit (OpenSSH's PROTOCOL.sshsig)."""

import base64
import hashlib
import textwrap
from collections.abc import Callable
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

Key = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_MAGIC, _NAMESPACE, _HASH = b"SSHSIG", b"git", b"sha512"
_CURVES = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
_RSA_BITS = 2048


class BadKey(Exception):
    """A key that can't be used; says why."""


class PassphraseMissing(BadKey):
    """The key is encrypted."""


def read_key(text: bytes, passphrase: bytes = b"") -> Key:
    """A private key, in OpenSSH's own form or in PEM. Raises BadKey."""
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in text else load_pem_private_key
    try:
        key = _opened(load, text, passphrase)
    except ValueError as error:
        raise BadKey(str(error)) from error
    except UnsupportedAlgorithm as error:
        told = "a passphrase is understood of a key in PEM alone: `ssh-keygen -p -m PKCS8 -f KEY`"
        raise BadKey(f"{error}; {told}") from error
    known = isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey)
    if not known and not (isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _RSA_BITS):
        raise BadKey(f"neither ed25519 nor ecdsa, nor rsa of {_RSA_BITS} bits or more")
    return cast(Key, key)


def _opened(load: Callable[..., Any], text: bytes, passphrase: bytes) -> Any:
    """A passphrase that a key has no need of is passed over."""
    try:
        return load(text, None)
    except TypeError as error:
        if not passphrase:
            raise PassphraseMissing(str(error)) from error
    return load(text, passphrase)


def signature(key: Key, content: bytes) -> str:
    """The signature of a commit's text, armoured."""
    fixed = _string(_NAMESPACE) + _string(b"") + _string(_HASH)
    asked = _MAGIC + fixed + _string(hashlib.sha512(content).digest())
    version = (1).to_bytes(4, "big")
    blob = _MAGIC + version + _string(_public(key)) + fixed + _string(_signed(key, asked))
    lines = textwrap.wrap(base64.b64encode(blob).decode(), 70)
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"])


def _signed(key: Key, content: bytes) -> bytes:
    """The algorithm and what it makes of the content."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return _string(b"ssh-ed25519") + _string(key.sign(content))
    if isinstance(key, rsa.RSAPrivateKey):
        raw = key.sign(content, padding.PKCS1v15(), hashes.SHA512())
        return _string(b"rsa-sha2-512") + _string(raw)
    size = key.key_size
    pair = utils.decode_dss_signature(key.sign(content, ec.ECDSA(_CURVES[size])))
    numbers = b"".join(_string(_number(one)) for one in pair)
    return _string(f"ecdsa-sha2-nistp{size}".encode()) + _string(numbers)


def _public(key: Key) -> bytes:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def _string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _number(value: int) -> bytes:
    """As SSH writes positive numbers: the first bit is never set."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
