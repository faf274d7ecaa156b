"""The key with which an ImageUpdateAutomation signs its commits: `spec.git.commit.signingKey`."""

import base64
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.images.sshsig import BadKey, PassphraseMissing, read_key, signature
from gitops_lab.git import GitError
from gitops_lab.git.fastimport import Sign
from gitops_lab.git.process import clean_environment
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError

_SECONDS = 30
_GPG, _SSH = "git.asc", "identity"
_LOCKED = "can not use passphrase protected signing key without '{}' field present in secret {}"


class NoSigner(Exception):
    """The Secret has no key that can be used; says why, as Flux does."""


def signer(client: Client, draft: Draft) -> Sign | None:
    """What signs the commits, None when nothing is asked for. Raises NoSigner."""
    asked = draft.spec["git"]["commit"].get("signingKey")
    if not asked:
        return None
    name = asked["secretRef"]["name"]
    try:
        found = client.get("v1", "Secret", name, draft.namespace).get("data") or {}
    except ApiError as error:
        told = f"could not find signing key secret '{name}': {error.message}"
        raise NoSigner(told) from error
    data = {key: base64.b64decode(value) for key, value in found.items()}
    by_ssh = asked.get("type") == "ssh"
    wanted, article = (_SSH, "an") if by_ssh else (_GPG, "a")
    if wanted not in data:
        told = f"signing key secret '{name}' does not contain {article} '{wanted}' key"
        raise NoSigner(told)
    return _ssh(name, data) if by_ssh else _gpg(name, data)


def _ssh(name: str, data: Mapping[str, bytes]) -> Sign:
    try:
        return partial(signature, read_key(data[_SSH], data.get("password", b"")))
    except PassphraseMissing as error:
        raise NoSigner(_LOCKED.format("password", name)) from error
    except BadKey as error:
        told = f"could not parse SSH signing key from secret '{name}': {error}"
        raise NoSigner(told) from error


def _gpg(name: str, data: Mapping[str, bytes]) -> Sign:
    """Checks the key once, and opens it anew for each commit: nothing of it is kept on disk."""
    key, passphrase = data[_GPG], data.get("passphrase")
    try:
        with _Keyring(key, passphrase or b"") as ring:
            if len(ring.keys()) > 1:
                told = f"multiple entities read from secret '{name}'"
                raise NoSigner(f"{told}, could not determine which signing key to use")
            try:
                ring.sign(b"")
            except GitError as error:
                if passphrase is None:
                    raise NoSigner(_LOCKED.format("passphrase", name)) from error
                told = "could not decrypt private key of the signing key present in secret"
                raise NoSigner(f"{told} {name}: {error.message}") from error
    except GitError as error:
        told = f"could not read signing key from secret '{name}': {error.message}"
        raise NoSigner(told) from error

    def sign(content: bytes) -> str:
        with _Keyring(key, passphrase or b"") as ring:
            return ring.sign(content)

    return sign


class _Keyring:
    """A folder of gpg's with one key in it, as long as the block lasts."""

    def __init__(self, key: bytes, passphrase: bytes) -> None:
        self._key, self._passphrase = key, passphrase

    def __enter__(self) -> "_Keyring":
        self._folder = tempfile.TemporaryDirectory(prefix="gitops-lab-keys-")
        self._secret = Path(self._folder.name) / "passphrase"
        self._secret.write_bytes(self._passphrase)
        # The agent would take seconds to protect what is gone in a moment.
        (Path(self._folder.name) / "gpg-agent.conf").write_text("s2k-count 65536\n")
        try:
            self._run(["--import"], self._key)
        except GitError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # gpg has begun an agent for this folder, which would outlive it.
        self._started(["gpgconf", "--kill", "all"], b"")
        self._folder.cleanup()

    def keys(self) -> list[str]:
        """The secret keys in it, as gpg lists them."""
        told = self._run(["--list-secret-keys", "--with-colons"], b"").decode()
        return [line for line in told.splitlines() if line.startswith("sec:")]

    def sign(self, content: bytes) -> str:
        """Raises GitError."""
        return self._run(["--armor", "--detach-sign"], content).decode().strip()

    def _run(self, command: Sequence[str], content: bytes) -> bytes:
        options = ["--batch", "--no-tty", "--quiet", "--pinentry-mode", "loopback"]
        options += ["--passphrase-file", str(self._secret)]
        done = self._started(["gpg", *options, *command], content)
        if done is None or done.returncode:
            told = done.stderr.decode("utf-8", "replace").split("\n")[0] if done else "no answer"
            raise GitError(
                f"gpg can't use the signing key: {told}.",
                reason="InvalidKeys",
                hint="It is an armoured pair of keys (`gpg --armor --export-secret-keys`); gpg "
                "has to be installed.",
            )
        return done.stdout

    def _started(
        self, command: Sequence[str], content: bytes
    ) -> "subprocess.CompletedProcess[bytes] | None":
        environment: dict[str, Any] = {**os.environ, **clean_environment()}
        try:
            return subprocess.run(
                command,
                input=content,
                env={**environment, "GNUPGHOME": self._folder.name},
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
