"""The certificates that we make are those that clients accept, and no others."""

import ssl
import threading
from pathlib import Path
from socket import create_connection, create_server

import pytest

from gitops_lab.workspace.certificates import KeyPair, issue, make_authority


def _pair(folder: Path, name: str) -> KeyPair:
    return KeyPair(folder / f"{name}.crt", folder / f"{name}.key")


@pytest.fixture
def authority(tmp_path: Path) -> KeyPair:
    pair = _pair(tmp_path, "ca")
    make_authority(pair, "test")
    return pair


def _handshake(server: KeyPair, ca_file: Path, name: str) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(server.certificate, server.key)
    with create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                serving.wrap_socket(connection, server_side=True).close()
            except (ssl.SSLError, OSError):
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        trusting = ssl.create_default_context(cafile=ca_file)
        try:
            with create_connection(listener.getsockname()) as raw:
                trusting.wrap_socket(raw, server_hostname=name).close()
        finally:
            thread.join()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "kubernetes.default.svc"])
def test_a_server_is_known_by_its_address_and_names(
    authority: KeyPair, tmp_path: Path, name: str
) -> None:
    server = _pair(tmp_path, "server")
    issue(authority, server, "main", ("127.0.0.1",))
    _handshake(server, authority.certificate, name)


def test_another_authority_is_not_trusted(authority: KeyPair, tmp_path: Path) -> None:
    server, other = _pair(tmp_path, "server"), _pair(tmp_path, "other")
    issue(authority, server, "main", ("127.0.0.1",))
    make_authority(other, "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(server, other.certificate, "localhost")


def test_private_keys_are_for_their_owner_alone(authority: KeyPair) -> None:
    assert authority.key.stat().st_mode & 0o777 == 0o600
