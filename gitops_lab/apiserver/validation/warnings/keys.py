"""A TLS key pair: what Go's crypto/tls would say when a server started with it."""

import base64
import re
from collections.abc import Iterator

_BLOCK = re.compile(rb"-----BEGIN ([^-\n]+)-----\r?\n.*?-----END \1-----", re.S)


def key_pair(certificate: str, key: str) -> Iterator[str]:
    """At most one warning about two values of a Secret, each base64 of a PEM file."""
    found = list(_BLOCK.finditer(base64.b64decode(certificate)))
    certificates = [each[0] for each in found if each[1] == b"CERTIFICATE"]
    if not certificates:
        yield _no_certificate([each[1].decode() for each in found])
        return
    blocks = list(_BLOCK.finditer(base64.b64decode(key)))
    keys = [each[0] for each in blocks if each[1].endswith(b"PRIVATE KEY")]
    if not keys:
        yield _no_key([each[1].decode() for each in blocks])
        return
    yield from _mismatch(certificates[0], keys[0])


def _no_certificate(types: list[str]) -> str:
    if not types:
        return "tls: failed to find any PEM data in certificate input"
    if len(types) == 1 and types[0].endswith("PRIVATE KEY"):
        return (
            "tls: failed to find certificate PEM data in certificate input, but did find a "
            "private key; PEM inputs may have been switched"
        )
    return (
        'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM '
        f"blocks of the following types: [{' '.join(types)}]"
    )


def _no_key(types: list[str]) -> str:
    if not types:
        return "tls: failed to find any PEM data in key input"
    if types == ["CERTIFICATE"]:
        return "tls: found a certificate rather than a key in the PEM for the private key"
    return (
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after '
        f"skipping PEM blocks of the following types: [{' '.join(types)}]"
    )


def _mismatch(certificate: bytes, key: bytes) -> Iterator[str]:
    # Only Secrets of this type need it, and it takes long to import.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        public = load_pem_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        yield "x509: malformed certificate"
        return
    try:
        held = load_pem_private_key(key, None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        yield "tls: failed to parse private key"
        return
    if type(held) is not type(public):
        yield "tls: private key type does not match public key type"
    elif held != public:
        yield "tls: private key does not match public key"
