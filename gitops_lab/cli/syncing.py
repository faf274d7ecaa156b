"""`gitops-lab app sync`: now, all of it or a part, for real or as a rehearsal."""

from typing import Annotated

import typer

from gitops_lab.cli import engines
from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal


def register(apps: typer.Typer) -> None:
    """Add the command."""
    apps.command()(sync)


def sync(
    name: Annotated[str, typer.Argument(metavar="APP", help="The app's name.")],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Write just this object, as Deployment/web; repeat for more."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the cluster what would happen; write nothing.")
    ] = False,
    confirm_prune: Annotated[
        bool,
        typer.Option("--confirm-prune", help="Agree to deleting what asks to be asked."),
    ] = False,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Where the GitOpsApp is.")
    ] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """Make the cluster as Git says, now."""
    if dry_run:
        return _rehearse(name, only or [], namespace, workspace, json)
    from gitops_lab.cli.apps import show_done, show_found
    from gitops_lab.engine import ops

    place = chosen_running(workspace)
    found = engines.find(place, name, namespace)
    if not found.is_native:
        return show_found(Terminal(json=json), engines.sync(place, found, only or ()))
    client, view = place.client(), found.view
    mark = ops.request_sync(client, view, only=only or (), confirm_prune=confirm_prune)
    show_done(Terminal(json=json), ops.wait_handled(client, view, mark))
    return None


def _rehearse(name: str, only: list[str], namespace: str, workspace: str, json: bool) -> None:
    from gitops_lab.engine.diff import unified
    from gitops_lab.engine.rehearsal import rehearse
    from gitops_lab.engine.source import SourceStore

    terminal = Terminal(json=json)
    found = chosen_running(workspace)
    view = engines.native(found, name, namespace, "sync --dry-run")
    clients = {cluster: found.client(cluster) for cluster in found.clusters}
    sources = SourceStore(found.folder.repositories, found.folder.cache)
    plan = rehearse(view, clients, sources, only=only)
    for change in plan.pending:
        terminal.say(f"{change.action:8} {change.key}")
    terminal.say(f"{plan.summary()}; nothing was written.")
    rows = [
        {"object": str(c.key), "action": str(c.action), "diff": unified(c)} for c in plan.pending
    ]
    terminal.document({"app": view.name, "dryRun": True, "changes": rows})
