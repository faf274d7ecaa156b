"""Who signed a commit: asked of git, with the keys of an App's Secret and no others."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitops_lab.engine.errors import SourceError
from gitops_lab.errors import Place
from gitops_lab.git.errors import CommandFailed
from gitops_lab.git.process import clean_environment, run

_SECONDS = 30


def verify(repository: Path, sha: str, mode: str, keys: Iterable[str]) -> None:
    """Check that one of the (public) keys signed a commit. Raises SourceError.

    `mode` is ssh (keys as in authorized_keys) or gpg (armoured keys).
    """
    with tempfile.TemporaryDirectory(prefix="gitops-lab-keys-") as folder:
        environment = _ssh(Path(folder), keys) if mode == "ssh" else _gpg(Path(folder), keys)
        try:
            run(["verify-commit", sha], cwd=repository, env=environment)
        except CommandFailed as error:
            raise _refused(sha, error.output) from error


def _ssh(folder: Path, keys: Iterable[str]) -> Mapping[str, str]:
    signers = folder / "signers"
    rows = [row.strip() for key in keys for row in key.splitlines()]
    known = [f"* {row}\n" for row in rows if row and not row.startswith("#")]
    signers.write_text("".join(known))
    return clean_environment({"gpg.ssh.allowedSignersFile": str(signers)})


def _gpg(folder: Path, keys: Iterable[str]) -> Mapping[str, str]:
    folder.chmod(0o700)
    environment = {**clean_environment(), "GNUPGHOME": str(folder)}
    try:
        subprocess.run(
            ["gpg", "--batch", "--quiet", "--no-autostart", "--import"],
            input="\n".join(keys).encode(),
            env={**os.environ, **environment},
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceError(
            "the keys of the Secret can't be read by gpg.",
            reason="InvalidKeys",
            place=Place(field="spec.source.verify.secret"),
            hint="Each entry is a public key as `gpg --armor --export` writes it.",
        ) from error
    return environment


def _refused(sha: str, said: str) -> SourceError:
    """git says nothing at all of a commit without a signature."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        message, reason = f"the commit {sha[:8]} is not signed.", "NotSigned"
    else:
        message = f"the commit {sha[:8]} is signed by nobody whose key is known: {lines[-1]}"
        reason = "UnknownSigner"
    return SourceError(
        message,
        reason=reason,
        place=Place(field="spec.source.verify"),
        hint="Sign it (`git commit --amend --gpg-sign`), or add the signer's key to the Secret.",
        retry=reason != "NotSigned",
    )
