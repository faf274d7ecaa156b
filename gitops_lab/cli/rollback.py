"""`gitops-lab app rollback`: back to what ran before, with the bad commit skipped or taken back."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import engines
from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.engine.ops import AppView
    from gitops_lab.engine.status import HistoryEntry
    from gitops_lab.workspace import Workspace


def register(apps: typer.Typer) -> None:
    """Add the command."""
    apps.command()(rollback)


def rollback(
    name: Annotated[str, typer.Argument(metavar="APP", help="The app's name.")],
    entry: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An id or a commit of `app history`; the one before if left out."
        ),
    ] = "",
    revert: Annotated[
        bool,
        typer.Option("--revert", help="Write a commit that takes the files back, for all to see."),
    ] = False,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Where the GitOpsApp is.")
    ] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """Go back to a revision that ran before.

    The commit that Git has now is skipped until a newer one comes or `app resume` is run. With
    --revert it is taken back in Git instead, by a new commit.
    """
    from gitops_lab.cli.apps import show_found
    from gitops_lab.engine import rollback as back

    found = chosen_running(workspace)
    app = engines.find(found, name, namespace)
    view = app.view
    target = back.choose(view, entry)
    if not (app.is_native or revert):
        show_found(Terminal(json=json), engines.rollback(found, app, target.id))
    elif revert:
        _revert(found, view, target, json)
    else:
        _pin(found, view, target, json)


def _revert(found: "Workspace", view: "AppView", target: "HistoryEntry", json: bool) -> None:
    from gitops_lab.engine import rollback as back
    from gitops_lab.git import announce

    terminal = Terminal(json=json)
    sha = back.revert(view, target, found.repositories)
    repo = view.app.source.repo
    announce(found.clone_url(repo), found.git_token)
    terminal.say(f"{sha[:7]} takes {repo} back to {target.revision[:7]}. Run `git pull` there.")
    terminal.document({"app": view.name, "revert": sha, "revision": target.revision})


def _pin(found: "Workspace", view: "AppView", target: "HistoryEntry", json: bool) -> None:
    from gitops_lab.cli.apps import show_done
    from gitops_lab.engine import ops
    from gitops_lab.engine import rollback as back
    from gitops_lab.engine.source import SourceStore

    client = found.client()
    sources = SourceStore(found.folder.repositories, found.folder.cache)
    mark = back.pin(client, view, target, sources)
    show_done(Terminal(json=json), ops.wait_handled(client, view, mark))
