"""What is read of one workspace; each part alone, since any of them may be broken."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.engine.app import GROUP
from gitops_lab.git.process import clean_environment, learner_environment
from gitops_lab.kube import Object, yamls
from gitops_lab.workspace import processes
from gitops_lab.workspace.connect import connect
from gitops_lab.workspace.existing import GuardedClient
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.support import objects, redact

LOG_BYTES = 2_000_000
_GIT_SECONDS = 20


@dataclass
class Found:
    """Files by their path in the archive, secrets by value, and what could not be read."""

    files: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def attempt(self, what: str, read: Callable[..., None], *arguments: Any) -> None:
        """Read a part; what goes wrong is noted and the rest goes on."""
        try:
            read(*arguments)
        except Exception as error:
            self.problems.append(f"{what}: {type(error).__name__}: {error}")


def read_workspace(folder: Folder, found: Found) -> None:
    """Everything about one workspace. Never raises."""
    at = f"workspaces/{folder.name}"
    for part in (_secrets, _record, _listing, _processes, _clusters, _logs, _repositories):
        found.attempt(f"{at}: {part.__name__.strip('_')}", part, folder, at, found)


def _secrets(folder: Folder, at: str, found: Found) -> None:
    """The workspace's own: token, keys, what the kubeconfig and git's credentials hold."""
    for path in (folder.token, folder.ca_key, *folder.root.glob("clusters/*/server.key")):
        found.attempt(path.name, _secret_of_file, path, found)
    for path in folder.root.glob("clusters/*/*.json"):
        found.attempt(path.name, _secrets_of_json, path, found)
    for path in (folder.kubeconfig, *folder.root.glob("clusters/*/kubeconfig")):
        found.attempt("kubeconfig", _secrets_of_kubeconfig, path, found)


def _secret_of_file(path: Path, found: Found) -> None:
    found.secrets.add(path.read_text())


def _secrets_of_json(path: Path, found: Found) -> None:
    content = json.loads(path.read_text())
    found.secrets |= {str(value) for key, value in content.items() if key.endswith("token")}


def _secrets_of_kubeconfig(path: Path, found: Found) -> None:
    if not path.exists():
        return
    config = yamls.load(path.read_text(), file=str(path))
    for user in (config or {}).get("users") or []:
        for key in ("token", "password", "client-key-data"):
            if value := (user.get("user") or {}).get(key):
                found.secrets.add(str(value))
        for variable in ((user.get("user") or {}).get("exec") or {}).get("env") or []:
            found.secrets.add(str(variable.get("value", "")))


def _record(folder: Folder, at: str, found: Found) -> None:
    found.files[f"{at}/workspace.json"] = folder.record.read_text(errors="replace")


def _listing(folder: Folder, at: str, found: Found) -> None:
    rows = []
    for path in sorted(folder.root.rglob("*")):
        if "objects" in path.parts or "cache" in path.parts:
            continue
        status = path.lstat()
        rows.append(f"{status.st_mode:o} {status.st_size:>10} {path.relative_to(folder.root)}")
    found.files[f"{at}/files.txt"] = "\n".join(rows)


def _processes(folder: Folder, at: str, found: Found) -> None:
    rows = {}
    for path in sorted(folder.root.glob("run/*.json")):
        process = processes.read(path)
        alive = process is not None and process.alive
        rows[path.stem] = {"pid": process.pid if process else None, "alive": alive}
    found.files[f"{at}/processes.json"] = rows


def _clusters(folder: Folder, at: str, found: Found) -> None:
    """By their folders: the record may be what is broken."""
    for path in sorted((folder.root / "clusters").glob("*")):
        if path.is_dir():
            place = f"{at}/clusters/{path.name}"
            found.attempt(place, _cluster, folder, path.name, place, found)


def _cluster(folder: Folder, name: str, place: str, found: Found) -> None:
    try:
        client = connect(folder.root, name, user_agent="gitops-lab-support")
        everything = list(
            objects.of_visit(client, client.mark)
            if isinstance(client, GuardedClient)
            else objects.of_api(client)
        )
        client.close()
    except Exception as error:
        found.problems.append(f"{place}: its API does not answer: {error}")
        store = folder.cluster(name) / "state.db"
        everything = list(objects.of_store(store)) if store.exists() else []
        found.files[f"{place}/from-disk.txt"] = "The API did not answer: read from the store.\n"
    _sort_objects(everything, place, found)


def _sort_objects(everything: list[objects.Named], place: str, found: Found) -> None:
    kinds: dict[str, list[Object]] = {}
    for kind, obj in everything:
        (obj.get("metadata") or {}).pop("managedFields", None)
        if kind == "secrets":
            found.secrets.update(redact.secrets_in(obj))
            obj = redact.without_data(obj)
        kinds.setdefault(kind, []).append(obj)
    for kind, items in kinds.items():
        found.files[f"{place}/objects/{kind}.yaml"] = items
    events = [*kinds.get("events", ()), *kinds.get("events.events.k8s.io", ())]
    found.files[f"{place}/events.txt"] = "\n".join(_event_lines(events))
    if apps := kinds.get(f"gitopsapps.{GROUP}"):
        found.files[f"{place}/engine.txt"] = "\n".join(map(_app_line, apps))


def _event_lines(events: list[Object]) -> list[str]:
    rows = []
    for event in events:
        about = event.get("involvedObject") or event.get("regarding") or {}
        when = event.get("lastTimestamp") or event.get("eventTime") or ""
        what = f"{about.get('kind')}/{about.get('namespace', '')}/{about.get('name')}"
        told = event.get("message") or event.get("note") or ""
        rows.append(f"{when} {event.get('type')} {event.get('reason')} {what}: {told}")
    return sorted(rows)


def _app_line(app: Object) -> str:
    status = app.get("status") or {}
    sync, health = status.get("sync") or {}, status.get("health") or {}
    metadata = app["metadata"]
    return (
        f"{metadata.get('namespace')}/{metadata.get('name')}: {sync.get('status', 'no status')} "
        f"{sync.get('revision', '')[:12]} {health.get('status', '')} stage={status.get('stage')} "
        f"reason={status.get('reason')}: {status.get('message', '')}"
    )


def _logs(folder: Folder, at: str, found: Found) -> None:
    for path in sorted((folder.root / "logs").rglob("*")):
        if path.is_file():
            name = f"{at}/logs/{path.relative_to(folder.root / 'logs')}"
            found.attempt(name, _log, name, path, found)
    for path in sorted(folder.root.glob("clusters/*/node/pods/*/logs/*/*.log")):
        cluster, pod = path.parts[-7], path.parts[-4]
        name = f"{at}/clusters/{cluster}/pod-logs/{pod}-{path.parent.name}-{path.name}"
        found.attempt(name, _log, name, path, found)


def _log(name: str, path: Path, found: Found) -> None:
    found.files[name] = tail(path)


def tail(path: Path, limit: int = LOG_BYTES) -> str:
    """The end of a file."""
    with path.open("rb") as file:
        size = path.stat().st_size
        file.seek(max(0, size - limit))
        text = file.read().decode(errors="replace")
    return text if size <= limit else f"… (the last {limit} of {size} bytes)\n{text}"


def _repositories(folder: Folder, at: str, found: Found) -> None:
    for path in sorted(folder.repositories.glob("*.git")):
        text = "\n".join(_git(path, clean_environment(), _OF_BARE))
        found.files[f"{at}/repositories/{path.stem}.txt"] = text
    clones = json.loads(folder.record.read_text()).get("clones") or {}
    for name, place in clones.items():
        if Path(place).is_dir():
            text = "\n".join(_git(Path(place), learner_environment(), _OF_CLONE))
            found.files[f"{at}/clones/{name}.txt"] = text


_OF_BARE = (
    ("for-each-ref",),
    ("log", "--all", "--graph", "--decorate", "--date=iso", "--stat", "-n", "300"),
    ("fsck", "--connectivity-only"),
)
_OF_CLONE = (
    ("status", "--branch", "--short"),
    ("remote", "--verbose"),
    ("log", "--all", "--graph", "--decorate", "--oneline", "-n", "50"),
)


def _git(place: Path, environment: dict[str, str], commands: tuple[Any, ...]) -> Iterator[str]:
    for command in commands:
        yield f"$ git {' '.join(command)}"
        try:
            done = subprocess.run(
                ["git", *command],
                cwd=place,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_GIT_SECONDS,
                check=False,
            )
            yield done.stdout + done.stderr
        except (OSError, subprocess.TimeoutExpired) as error:
            yield f"{error}\n"
