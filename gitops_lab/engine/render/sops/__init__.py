"""Opening files that SOPS encrypted with age, before anything is rendered.

`crypt` knows the format, `opened` gives a renderer a copy of an artifact in which the encrypted
files are plain. The copy lies in a folder of its own that only this user may read, and is gone
when the render ends; nothing encrypted is ever written back.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.engine.render.sops.crypt import SopsError, decrypt, is_encrypted
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import Decryption
from gitops_lab.errors import Place

__all__ = ["SopsError", "opened", "refuse_encrypted"]

_LOOKED_AT = 1024 * 1024


@contextmanager
def opened(
    artifact: Artifact, decryption: Decryption | None, keys: tuple[str, ...]
) -> Iterator[Artifact]:
    """The artifact (and those of additional sources) with its encrypted files open.

    Raises RenderError: NoKey, Tampered or InvalidSops, with the file.
    """
    if decryption is None:
        yield artifact
        return
    with tempfile.TemporaryDirectory(prefix="gitops-lab-open-") as folder:
        every = (artifact, *artifact.others)
        plain = [
            _opened(one, Path(folder, str(index)), decryption, keys)
            for index, one in enumerate(every)
        ]
        yield replace(plain[0], others=tuple(plain[1:]))


def _opened(
    artifact: Artifact, folder: Path, decryption: Decryption, keys: tuple[str, ...]
) -> Artifact:
    secret = [path for path in _files(artifact.root) if is_encrypted(path.read_bytes())]
    if not secret:
        return artifact
    shutil.copytree(artifact.root, folder, symlinks=True, copy_function=_link)
    root = folder.resolve()
    for path in secret:
        copy = root / path.relative_to(artifact.root)
        copy.unlink()
        copy.write_bytes(_decrypted(path, artifact.name_of(path), decryption, keys))
    return replace(artifact, root=root, path=root / artifact.path.relative_to(artifact.root))


def _decrypted(path: Path, name: str, decryption: Decryption, keys: tuple[str, ...]) -> bytes:
    try:
        return decrypt(path.read_bytes(), path.name, keys)
    except SopsError as error:
        hints = {
            "NoKey": f"Put the right key into the Secret {decryption.secret}, or encrypt the file "
            "for the key that is there: `sops updatekeys`.",
            "Tampered": "Somebody changed the file without sops: encrypt it again.",
        }
        raise RenderError(
            str(error),
            reason=error.reason,
            place=Place(file=name),
            hint=hints.get(error.reason, "Encrypt the file again with sops."),
            retry=error.reason == "NoKey",
        ) from error


def refuse_encrypted(objects: Iterable[RenderedObject], decryption: Decryption | None) -> None:
    """Raise RenderError when an object is encrypted still: a cluster has no use for it."""
    for item in objects:
        if isinstance(item.obj.get("sops"), dict):
            said = "and the App has no spec.decryption" if decryption is None else "still"
            raise RenderError(
                f"{item.key} is encrypted with SOPS, {said}.",
                reason="Encrypted",
                place=Place(item.file, item.line, str(item.key), "sops"),
                hint="Set spec.decryption.secret of the App to the Secret with the age key.",
            )


def _files(root: Path) -> Iterator[Path]:
    for current, _, names in os.walk(root):
        for name in names:
            path = Path(current, name)
            if not path.is_symlink() and path.stat().st_size <= _LOOKED_AT:
                yield path


def _link(source: str, target: str) -> None:
    """A second name where the file system allows it, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
