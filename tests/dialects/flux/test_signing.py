"""Commits that an ImageUpdateAutomation signs, as git and a GitRepository see them."""

import base64
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.images.signing import NoSigner, signer
from gitops_lab.dialects.flux.images.sshsig import Key
from gitops_lab.engine.signatures import verify
from gitops_lab.git import Author, Repositories
from gitops_lab.kube.errors import NotFound

AUTHOR = Author("Flux", "flux@example.test")
KEYS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ecdsa": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


class Secrets:
    """Where a signer finds its Secret."""

    def __init__(self, data: Mapping[str, bytes]) -> None:
        self._data = {name: base64.b64encode(text).decode() for name, text in data.items()}

    def get(self, api_version: str, kind: str, name: str, namespace: str) -> dict[str, Any]:
        if name != "key":
            raise NotFound({"message": f'secrets "{name}" not found'})
        return {"data": self._data}


def made(data: Mapping[str, bytes], kind: str = "ssh", name: str = "key") -> Any:
    key = {"secretRef": {"name": name}, "type": kind}
    obj = {"metadata": {"name": "web"}, "spec": {"git": {"commit": {"signingKey": key}}}}
    client: Any = Secrets(data)
    return signer(client, Draft(client, obj, "tester"))


def private(key: Key, passphrase: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    form = PrivateFormat.PKCS8 if passphrase else PrivateFormat.OpenSSH
    return key.private_bytes(Encoding.PEM, form, encryption)


def public(key: Key) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def pair_of_gpg(folder: Path, passphrase: str = "") -> tuple[bytes, str]:
    """(the secret key, the public one), armoured."""

    def gpg(*arguments: str) -> bytes:
        options = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase]
        command = ["gpg", "--homedir", str(folder), *options, *arguments]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    folder.mkdir(mode=0o700)
    (folder / "gpg-agent.conf").write_text("s2k-count 65536\n")
    try:
        gpg("--quick-generate-key", "Flux <flux@example.test>", "ed25519", "sign", "never")
        return gpg("--armor", "--export-secret-keys"), gpg("--armor", "--export").decode()
    finally:
        subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=True)


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    found = Repositories(tmp_path / "repos")
    found.create("web", {"a.txt": "1\n"}, message="first")
    return found


def commit(repositories: Repositories, sign: Any) -> str:
    return repositories.commit("web", "main", "a change\n", {"a.txt": "2\n"}, AUTHOR, sign=sign)


@pytest.mark.parametrize(
    ("kind", "passphrase"), [("ed25519", b""), ("ecdsa", b"open sesame"), ("rsa", b"")]
)
@pytest.mark.skipif(which("ssh-keygen") is None, reason="ssh-keygen is not here: openssh-client")
def test_git_knows_who_signed_with_an_ssh_key(
    repositories: Repositories, kind: str, passphrase: bytes
) -> None:
    key = KEYS[kind]()
    sha = commit(repositories, made({"identity": private(key, passphrase), "password": passphrase}))
    path = repositories.path("web")
    verify(path, sha, "ssh", [public(key)])
    with pytest.raises(Exception, match="signed by nobody whose key is known"):
        verify(path, sha, "ssh", [public(KEYS["ed25519"]())])
    assert repositories.read("web", "main", "a.txt") == b"2\n"
    assert [one.subject for one in repositories.log("web", "main")] == ["a change", "first"]
    assert set(repositories.refs("web")) == {"refs/heads/main"}


@pytest.mark.skipif(which("gpg") is None, reason="gpg is not here: gnupg")
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_git_knows_who_signed_with_a_gpg_key(
    repositories: Repositories, tmp_path: Path, passphrase: str
) -> None:
    secret, public_key = pair_of_gpg(tmp_path / "gpg", passphrase)
    data = {"git.asc": secret, **({"passphrase": passphrase.encode()} if passphrase else {})}
    sha = commit(repositories, made(data, "gpg"))
    verify(repositories.path("web"), sha, "gpg", [public_key])
    if passphrase:
        with pytest.raises(NoSigner, match="without 'passphrase' field present in secret key"):
            made({"git.asc": secret}, "gpg")


def test_a_secret_without_a_key_that_fits_is_told() -> None:
    locked = private(KEYS["ed25519"](), b"open sesame")
    for data, kind, name, told in (
        ({}, "ssh", "none", "could not find signing key secret 'none'"),
        ({}, "ssh", "key", "signing key secret 'key' does not contain an 'identity' key"),
        ({}, "gpg", "key", "signing key secret 'key' does not contain a 'git.asc' key"),
        ({"identity": b"text"}, "ssh", "key", "could not parse SSH signing key from secret 'key'"),
        ({"identity": locked}, "ssh", "key", "without 'password' field present in secret key"),
        ({"git.asc": b"text"}, "gpg", "key", "could not read signing key from secret 'key'"),
    ):
        with pytest.raises(NoSigner, match=told):
            made(data, kind, name)


def test_a_branch_that_moved_while_a_commit_was_signed_stays_where_it_is(
    repositories: Repositories,
) -> None:
    sign = made({"identity": private(KEYS["ed25519"]())})
    others: list[str] = []

    def meanwhile(content: bytes) -> str:
        others.append(repositories.commit("web", "main", "faster\n", {"b.txt": "1\n"}))
        return str(sign(content))

    with pytest.raises(Exception, match="moved while a commit was made"):
        commit(repositories, meanwhile)
    assert repositories.resolve("web", "main") == others[0]
