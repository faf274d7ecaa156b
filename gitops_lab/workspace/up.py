"""From a plan to a running workspace: a list of steps that can be read aloud.

Creating undoes what it made when a step fails, and keeps the logs. Resuming never undoes.
"""

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from gitops_lab.errors import GitOpsLabError, Place, WorkspaceError
from gitops_lab.workspace import certificates, processes
from gitops_lab.workspace import record as records
from gitops_lab.workspace.access import Access, Entries, write_kubeconfig
from gitops_lab.workspace.certificates import KeyPair
from gitops_lab.workspace.clones import make_clones, point_clones_at
from gitops_lab.workspace.embedded import host_environment
from gitops_lab.workspace.existing import Existing
from gitops_lab.workspace.files import locked, told_storage_errors, write_atomically
from gitops_lab.workspace.folder import Folder, checked_name
from gitops_lab.workspace.plan import Report, WorkspacePlan, timed
from gitops_lab.workspace.providers import provider_named, provider_of
from gitops_lab.workspace.record import Record
from gitops_lab.workspace.settle import apply_objects, wait_settled
from gitops_lab.workspace.workspace import LOOP, Workspace


def up(plan: WorkspacePlan, *, home: Path, report: Report, keep: bool = False) -> Workspace:
    """Make the workspace of a plan. Raises WorkspaceError; then nothing is left but the logs.

    With `keep` what was made stays for a look, until `down`.
    """
    folder = Folder(home, checked_name(plan.name))
    with told_storage_errors(home), locked(folder.lock, f"the workspace {plan.name!r}"):
        if folder.record.exists() and records.read(folder).complete:
            raise WorkspaceError(
                f"the workspace {plan.name!r} exists already.",
                reason="Exists",
                hint="Remove it first with `gitops-lab down`, or name another with --workspace.",
            )
        _remove_state(folder)
        try:
            return _create(plan, folder, report)
        except BaseException as error:
            if not keep:
                _undo(folder, error)
            raise


def resume(workspace: Workspace, *, report: Report) -> Workspace:
    """Bring a stopped or half-dead workspace back as it was. Raises WorkspaceError."""
    folder, record = workspace.folder, workspace.record
    with told_storage_errors(folder.home), locked(folder.lock, f"the workspace {record.name!r}"):
        with _begin_loop(folder, record) as loop:
            with timed(report, "Bring back the cluster"):
                settle = _start_clusters(folder, record, report)
                settle()
            with timed(report, "Bring back the Git server and the engine"):
                before = record
                record = record.completed(*loop())
            if record != before:
                records.write(folder, record)
            if record.git_port != before.git_port:
                point_clones_at(folder, record)
        resumed = Workspace(folder, record)
        with timed(report, "Wait for the apps"):
            wait_settled(resumed.client())
    return resumed


def stop(workspace: Workspace) -> None:
    """End all processes; everything stays on disk."""
    folder = workspace.folder
    with locked(folder.lock, f"the workspace {workspace.name!r}"):
        _stop_processes(folder, workspace.record)


def down(workspace: Workspace, *, clones: bool = False, forget: bool = False) -> list[str | Path]:
    """Remove the workspace, and the learner's clones only when asked. Returns what stays.

    With `forget` a cluster that can't be reached any more is left as it is.
    """
    folder, record = workspace.folder, workspace.record
    with told_storage_errors(folder.home), locked(folder.lock, f"the workspace {record.name!r}"):
        leave = forget and record.provider == Existing.name
        kept = _stop_processes(folder, record) if leave else _delete_clusters(folder, record)
        left = [Path(path) for path in record.clones.values() if Path(path).exists()]
        if clones:
            for path in left:
                shutil.rmtree(path)
                with contextlib.suppress(OSError):  # not empty: something of the learner's
                    path.parent.rmdir()
            left = []
        left += _keep_saved_files(folder)
        shutil.rmtree(folder.root)
    return [*kept, *left]


def discard(name: str, *, home: Path) -> list[Path]:
    """Remove a workspace whose record can't be read: what runs of it here, and its folder.

    Returns what stays. What it has in Docker or in a cluster of somebody's is not found this way.
    """
    folder = Folder(home, name)
    with told_storage_errors(home), locked(folder.lock, f"the workspace {name!r}"):
        for file in sorted(folder.pid(LOOP).parent.glob("*.json")):
            processes.end(processes.read(file))
        left = _keep_saved_files(folder)
        shutil.rmtree(folder.root)
    return left


def _create(plan: WorkspacePlan, folder: Folder, report: Report) -> Workspace:
    with timed(report, "Check this machine"):
        provider_of(plan).preflight()
    with timed(report, "Make the workspace"):
        record = _make_folder(plan, folder)
    workspace = Workspace(folder, record)
    # A new cluster takes objects before it can run pods: what is ours is done meanwhile.
    with ThreadPoolExecutor(1) as beside, _begin_loop(folder, record) as loop:
        cluster = beside.submit(_start_clusters, folder, record, report)
        with timed(report, "Seed the repositories"):
            for repo in plan.repositories:
                workspace.repositories.create(repo.name, repo.files, message=repo.message)
        with timed(report, f"Start the cluster ({', '.join(record.clusters)})"):
            settle = cluster.result()
        settled = beside.submit(settle)
        with timed(report, "Start the Git server and the engine"):
            record = record.completed(*loop())
        workspace = Workspace(folder, record)
        with timed(report, "Apply the lab's objects"):
            for name, objects in plan.elsewhere.items():
                apply_objects(workspace.client(name), objects)
            apply_objects(workspace.client(), plan.objects)
        with timed(report, "Clone the repositories for you"):
            make_clones(workspace)
        settled.result()
    with timed(report, "Wait for the apps"):
        wait_settled(workspace.client())
    records.write(folder, record)
    return workspace


def _make_folder(plan: WorkspacePlan, folder: Folder) -> Record:
    folder.root.mkdir(parents=True, mode=0o700)
    write_atomically(folder.token, secrets.token_urlsafe(32))
    authority = KeyPair(folder.ca_certificate, folder.ca_key)
    certificates.make_authority(authority, plan.name)
    clones = plan.clones.resolve() if plan.clones else None
    record = Record(
        name=plan.name,
        lab=plan.lab,
        lab_path=plan.lab_path,
        provider=plan.provider,
        clusters=plan.clusters,
        repositories=tuple(repo.name for repo in plan.repositories),
        clones={r.name: str(clones / r.name) for r in plan.repositories} if clones else {},
        parameters=dict(plan.parameters),
        engine=plan.engine,
        timing=plan.timing,
        options=dict(plan.options),
        engines=plan.engines,
    )
    records.write(folder, record)
    folder.repositories.mkdir()
    return record


def _start_clusters(folder: Folder, record: Record, report: Report) -> Callable[[], None]:
    """Start them all; what is returned waits until they can run pods."""
    provider = provider_named(record.provider)

    def start(cluster: str) -> Access | Entries:
        return provider.start(folder, cluster, report)

    def settle() -> None:
        with ThreadPoolExecutor(len(record.clusters)) as pool:
            list(
                pool.map(lambda cluster: provider.settle(folder, cluster, report), record.clusters)
            )

    with ThreadPoolExecutor(len(record.clusters)) as pool:
        accesses = list(pool.map(start, record.clusters))
    write_kubeconfig(folder.kubeconfig, dict(zip(record.clusters, accesses, strict=True)))
    return settle


@contextlib.contextmanager
def _begin_loop(folder: Folder, record: Record) -> Iterator[Callable[[], tuple[int, int]]]:
    """The loop process, loading its code while its clusters come, unless it runs already.

    What is yielded lets it go on: the ports of its Git server and its page.
    """
    running = processes.read(folder.pid(LOOP))
    if running is not None and running.alive:
        yield lambda: (record.git_port, record.page_port)
        return
    ports = ["--git-port", str(record.git_port), "--page-port", str(record.page_port)]
    with processes.begin(
        ["loop", "--workspace", str(folder.root), *ports],
        pid_file=folder.pid(LOOP),
        log_file=folder.log(LOOP),
        environment=host_environment(),
    ) as starting:

        def ready() -> tuple[int, int]:
            answer = starting.ready()
            return int(answer["git_port"]), int(answer["page_port"])

        yield ready


def _stop_processes(folder: Folder, record: Record) -> list[str]:
    processes.end(processes.read(folder.pid(LOOP)))
    provider = provider_named(record.provider)
    for cluster in record.clusters:
        provider.stop(folder, cluster)
    return []


def _delete_clusters(folder: Folder, record: Record) -> list[str]:
    """Remove the clusters, or what was made in them; what stays, in words."""
    processes.end(processes.read(folder.pid(LOOP)))
    provider = provider_named(record.provider)
    return [kept for cluster in record.clusters for kept in provider.delete(folder, cluster) or ()]


def _remove_state(folder: Folder) -> None:
    """Remove what a creation that was killed half-way left; nothing in it is the learner's.

    Raises WorkspaceError, and keeps the state, when the provider can't do its part now.
    """
    if not folder.root.exists():
        return
    record = None
    with contextlib.suppress(GitOpsLabError):
        record = records.read(folder)
    if record is not None:
        _delete_clusters(folder, record)
    shutil.rmtree(folder.root)


def _undo(folder: Folder, error: BaseException) -> None:
    logs = folder.root / "logs"
    if logs.is_dir() and isinstance(error, WorkspaceError):
        kept = folder.home / "failed" / f"{folder.name}-{time.strftime('%Y%m%d-%H%M%S')}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(logs, kept, dirs_exist_ok=True)
        if error.place.file.startswith(str(logs)):
            error.place = replace(error.place, file=str(kept / Path(error.place.file).name))
        elif not str(error.place):
            error.place = Place(file=str(kept))
    with contextlib.suppress(OSError, GitOpsLabError):  # what failed first is what is told
        _remove_state(folder)


def _keep_saved_files(folder: Folder) -> list[Path]:
    """Move what was put aside for the learner out of the folder that is about to go."""
    if not folder.saved.is_dir() or not any(folder.saved.iterdir()):
        return []
    kept = folder.home / "saved" / f"{folder.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(folder.saved, kept)
    return [kept]
