"""Mermaid for the diagrams, served by the site itself: no page asks anyone else for a script.

It comes from its npm package when the site is built, checked against the hash below, and is never
committed. Without npm the diagrams are shown as their text.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "11.17.2"
SHA512 = "V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/qt5gHO73aCleBBg=="
_MEMBER = "package/dist/mermaid.min.js"


def fetch(into: Path) -> bool:
    """Write the script to `into`; False, with nothing written, where npm is not installed."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", f"mermaid@{VERSION}"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        package = next(Path(folder).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if digest != SHA512:
            raise ValueError(f"mermaid {VERSION} has the hash sha512-{digest}, which is not ours")
        with tarfile.open(package) as archive:
            member = archive.extractfile(_MEMBER)
            assert member is not None
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_bytes(member.read())
    return True
