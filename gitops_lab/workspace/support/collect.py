"""Reading all, taking the secrets out, and writing one archive."""

import io
import json
import os
import platform
import tarfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from gitops_lab import __version__
from gitops_lab.kube import yamls
from gitops_lab.workspace.doctor import examine, this_machine
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.support.redact import Redactor
from gitops_lab.workspace.support.sources import Found, read_workspace, tail

_READ_ME = """\
What GitOps Lab gathered on {when} for whoever helps.

  machine.json            versions, and what the environment says of proxies and Docker
  doctor.json             what `gitops-lab doctor` says
  progress.json           how far the labs are
  problems.txt            what could not be read, and why
  failed/                 logs of starts that failed
  workspaces/NAME/        its record, processes, logs, files, repositories, and for each cluster
                          its objects by kind, its events, and how the engine's apps stand

Tokens, passwords, private keys, credentials and the data of Secrets are taken out: where they
stood it says <removed>. Look through it all the same before you send it to somebody.
"""
_VARIABLES = ("GITOPS_LAB_", "KIND_", "DOCKER_", "LANG", "LC_ALL", "SHELL", "TERM", "PATH")


@dataclass(frozen=True)
class Collected:
    """Where the archive is, its size in bytes, what is in it, and what could not be read."""

    file: Path
    size: int
    workspaces: tuple[str, ...]
    problems: tuple[str, ...]


def collect(home: Path, into: Path, names: tuple[str, ...]) -> Collected:
    """Write the archive of these workspaces. Raises OSError when it can't be written."""
    found = Found()
    for name in names:
        read_workspace(Folder(home, name), found)
    found.attempt("machine", lambda: found.files.update({"machine.json": _machine()}))
    examination = {}
    found.attempt("doctor", lambda: examination.update(examine(this_machine(home)).as_data()))
    found.files["doctor.json"] = examination
    found.attempt("progress", lambda: _progress(home, found))
    found.attempt("failed", lambda: _failed(home, found))
    found.files["problems.txt"] = "\n".join(found.problems)
    when = time.strftime("%Y-%m-%d %H:%M:%S %z")
    found.files["README.txt"] = _READ_ME.format(when=when)
    _write(into, found)
    return Collected(into, into.stat().st_size, names, tuple(found.problems))


def _machine() -> dict[str, Any]:
    packages = {
        str(each.name): str(each.version)
        for each in sorted(metadata.distributions(), key=lambda d: str(d.name).lower())
    }
    kept = {k: v for k, v in os.environ.items() if k.startswith(_VARIABLES) or "proxy" in k.lower()}
    return {
        "gitops-lab": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "root": os.geteuid() == 0,
        "environment": kept,
        "packages": packages,
    }


def _progress(home: Path, found: Found) -> None:
    file = home / "progress.json"
    if file.exists():
        found.files["progress.json"] = file.read_text(errors="replace")


def _failed(home: Path, found: Found) -> None:
    for path in sorted((home / "failed").rglob("*")):
        if path.is_file():
            found.files[f"failed/{path.relative_to(home / 'failed')}"] = tail(path)


def _write(into: Path, found: Found) -> None:
    """Readable by its owner alone: it tells a lot about a machine even so."""
    redactor = Redactor(found.secrets)
    top = into.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz")
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in sorted(found.files.items()):
            safe = redactor.text(_text(name, redactor.value(content))).encode()
            member = tarfile.TarInfo(str(PurePosixPath(top, redactor.text(name))))
            member.size, member.mode, member.mtime = len(safe), 0o644, int(time.time())
            archive.addfile(member, io.BytesIO(safe))


def _text(name: str, content: Any) -> str:
    if isinstance(content, str):
        return content
    if name.endswith(".yaml"):
        return "---\n".join(yamls.dump(item) for item in content)
    return json.dumps(content, indent=2, default=str) + "\n"
