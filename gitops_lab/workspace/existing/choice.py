"""Which cluster is meant: a context of the user's kubeconfig, named by them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import Place, UsageError, WorkspaceError
from gitops_lab.kube import yamls
from gitops_lab.workspace.access import Entries

CONTEXT, KUBECONFIG, INSTALL_CRDS, SURE = "context", "kubeconfig", "install-crds", "sure"
"""The options of the provider, as a plan and a record carry them."""
_FILES = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


@dataclass(frozen=True)
class Choice:
    """A context with the entries behind it, as they stand in the kubeconfig."""

    kubeconfig: Path
    context: str
    cluster_name: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]

    @property
    def server(self) -> str:
        """Its URL."""
        return str(self.cluster.get("server", ""))

    @property
    def entries(self) -> Entries:
        """What the workspace's own kubeconfig takes over; files are named by their full paths."""
        folder = self.kubeconfig.parent
        return Entries(
            _with_full_paths(self.cluster, _FILES["cluster"], folder),
            _with_full_program(_with_full_paths(self.user, _FILES["user"], folder), folder),
        )


def choose(options: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Choice:
    """The context that the options name. Raises UsageError when it isn't there."""
    environment = os.environ if environment is None else environment
    context = options.get(CONTEXT, "")
    files = _files(options.get(KUBECONFIG, ""), environment)
    there = {name: file for file in reversed(files) for name in _contexts(file)}
    if not context or context not in there:
        what = f"there is no context {context!r}" if context else "no context was named"
        raise UsageError(
            f"{what} in {', '.join(map(str, files)) or 'any kubeconfig'}.",
            reason="NoSuchContext" if context else "ContextMissing",
            hint=f"Name one with --context. There are: {', '.join(sorted(there)) or 'none'}.",
        )
    return _read(there[context], context)


def _files(named: str, environment: Mapping[str, str]) -> list[Path]:
    if named:
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise UsageError(f"there is no file {path}.", reason="KubeconfigMissing")
        return [path]
    listed = environment.get("KUBECONFIG", "").split(os.pathsep)
    home = Path(environment.get("HOME", "~")).expanduser()
    paths = [Path(each).absolute() for each in listed if each] or [home / ".kube" / "config"]
    return [path for path in paths if path.is_file()]


def _config(file: Path) -> dict[str, Any]:
    try:
        config = yamls.load(file.read_text(), file=str(file))
    except OSError as error:
        raise WorkspaceError(
            f"the kubeconfig can't be read: {error.strerror}.",
            reason="KubeconfigMissing",
            place=Place(file=str(file)),
        ) from error
    return config if isinstance(config, dict) else {}


def _contexts(file: Path) -> list[str]:
    return [str(entry.get("name")) for entry in _config(file).get("contexts") or []]


def _read(file: Path, context: str) -> Choice:
    config = _config(file)
    entry = _named(config, "context", context, file)
    cluster_name = str(entry.get("cluster", ""))
    return Choice(
        file,
        context,
        cluster_name,
        _named(config, "cluster", cluster_name, file),
        _named(config, "user", str(entry.get("user", "")), file),
    )


def _named(config: Mapping[str, Any], section: str, name: str, file: Path) -> Mapping[str, Any]:
    for entry in config.get(f"{section}s") or []:
        if entry.get("name") == name:
            return dict(entry.get(section) or {})
    raise UsageError(
        f"has no {section} named {name!r}.",
        reason="InvalidKubeconfig",
        place=Place(file=str(file)),
        hint=f"`kubectl config view` shows its {section}s.",
    )


def _with_full_paths(
    entry: Mapping[str, Any], names: tuple[str, ...], folder: Path
) -> dict[str, Any]:
    return {k: str(folder / v) if k in names and v else v for k, v in entry.items()}


def _with_full_program(user: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A relative program of an exec entry is relative to its kubeconfig."""
    plugin = dict(user.get("exec") or {})
    command = str(plugin.get("command", ""))
    if "/" in command:
        return {**user, "exec": {**plugin, "command": str(folder / command)}}
    return user
