"""The embedded API server in a thread, on loopback, without controllers: like the genuine one."""

import asyncio
import datetime
import ipaddress
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gitops_lab.apiserver import ApiServer, ServerConfig, User
from tests.oracle.genuine import Endpoint

ADMIN = User("admin", ("system:masters", "system:authenticated"), uid="admin")


@contextmanager
def embedded_server(folder: Path) -> Iterator[Endpoint]:
    """The server, ready; ended with the context."""
    certificate, key = _certificate(folder)
    token = secrets.token_urlsafe(16)
    config = ServerConfig(folder, certificate, key, certificate, {token: ADMIN})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="embedded", daemon=True)
    thread.start()
    server = ApiServer(config)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        yield Endpoint(server.url, token, certificate)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "embedded")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "server.crt", folder / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
