"""`gitops-lab app …`: what runs from Git, and why it is as it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import changes, engines, exporting, rollback, syncing, webhook
from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.engine.ops import AppView
    from gitops_lab.kube import Object

app = typer.Typer(
    help="Apps: what runs from Git, and why it is as it is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
syncing.register(app)
rollback.register(app)
changes.register(app)
exporting.register(app)
webhook.register(app)

Name = Annotated[str, typer.Argument(metavar="APP", help="The app's name.")]
Namespace = Annotated[
    str,
    typer.Option("--namespace", "-n", help="Where the GitOpsApp is, if the name is not enough."),
]


@app.command("list")
def list_(workspace: WorkspaceName = "", json: Json = False) -> None:
    """All apps, with sync and health."""
    terminal = Terminal(json=json)
    found = engines.list_all(chosen_running(workspace))
    several = any(not one.is_native for one in found)
    terminal.table(
        ("NAMESPACE", "NAME", "SYNC", "HEALTH", "REVISION", *_kind_title(several), "MESSAGE"),
        [_line(one, several) for one in found],
    )
    terminal.document([_document(one) for one in found])


@app.command()
def get(
    name: Name, namespace: Namespace = "", workspace: WorkspaceName = "", json: Json = False
) -> None:
    """One app, with every object that it manages."""
    terminal = Terminal(json=json)
    found = engines.find(chosen_running(workspace), name, namespace)
    show_app(terminal, found.view)
    terminal.document(_document(found))


@app.command()
def refresh(
    name: Name, namespace: Namespace = "", workspace: WorkspaceName = "", json: Json = False
) -> None:
    """Compare with Git again, and write nothing."""
    from gitops_lab.engine import ops

    place = chosen_running(workspace)
    found = engines.find(place, name, namespace)
    if not found.is_native:
        return show_found(Terminal(json=json), engines.refresh(place, found))
    client = place.client()
    done = ops.wait_handled(client, found.view, ops.request_refresh(client, found.view))
    return show_done(Terminal(json=json), done)


@app.command()
def explain(
    name: Name, namespace: Namespace = "", workspace: WorkspaceName = "", json: Json = False
) -> None:
    """Which link of the chain is broken: commit, revision, render, diff, apply or health."""
    from gitops_lab.engine import ops

    terminal = Terminal(json=json)
    found = chosen_running(workspace)
    app = engines.find(found, name, namespace)
    told = ops.explain_app(app.view, changes.clients_of(found), changes.sources_of(found))
    terminal.title(f"{told.app}: " + ("all links hold" if told.fine else f"{told.link} is broken"))
    terminal.say(told.message)
    where = str(told.place).replace("GitOpsApp/", f"{app.front.kind}/", 1)
    for label, text in (("where", where), ("next", told.next), ("retry", told.retry)):
        if text:
            terminal.say(f"  {label:6} {text}")
    for line in told.evidence:
        terminal.say(f"  seen   {line}")
    terminal.document(told.to_json())


@app.command()
def history(
    name: Name, namespace: Namespace = "", workspace: WorkspaceName = "", json: Json = False
) -> None:
    """The revisions that went live, the last one first."""
    terminal = Terminal(json=json)
    view = engines.find(chosen_running(workspace), name, namespace).view
    entries = list(reversed(view.status.history))
    terminal.table(
        ("ID", "REVISION", "DEPLOYED", "RESULT", "AUTHOR", "COMMIT"),
        [(e.id, e.revision[:7], e.deployed_at, e.result, e.author, e.subject) for e in entries],
    )
    terminal.document([vars(entry) for entry in entries])


@app.command()
def suspend(name: Name, namespace: Namespace = "", workspace: WorkspaceName = "") -> None:
    """Leave the app alone: no sync, no healing."""
    _set_suspended(name, namespace, workspace, True)


@app.command()
def resume(name: Name, namespace: Namespace = "", workspace: WorkspaceName = "") -> None:
    """Take the app up again."""
    _set_suspended(name, namespace, workspace, False)


def show_app(terminal: Terminal, view: "AppView") -> None:
    """An app and its objects, for people."""
    status = view.status
    terminal.title(f"{view.name}  {status.sync}, {status.health.status}  at {_short(view) or '-'}")
    if status.message:
        terminal.say(f"  {status.message}")
    terminal.table(
        ("OBJECT", "SYNC", "HEALTH", "MESSAGE"),
        [
            (row.key, row.sync, row.health.status if row.health else "-", row.message)
            for row in status.objects
        ],
    )


def show_done(terminal: Terminal, done: "AppView | None") -> None:
    """What became of a request; the exit code is 3 when it failed or nobody answered in time."""
    if done is None:
        terminal.say("Not done after 60 s; `gitops-lab app explain` says what it waits for.")
        raise typer.Exit(3)
    show_app(terminal, done)
    terminal.document(_data(done.obj))
    if done.status.failed:
        raise typer.Exit(3)


def show_found(terminal: Terminal, done: "engines.Found | None") -> None:
    """The same for an App of another engine."""
    if done is None:
        return show_done(terminal, None)
    show_app(terminal, done.view)
    terminal.document(_document(done))
    if done.view.status.failed:
        raise typer.Exit(3)
    return None


def _kind_title(several: bool) -> tuple[str, ...]:
    return ("KIND",) if several else ()


def _line(found: "engines.Found", several: bool) -> tuple[object, ...]:
    view, status = found.view, found.view.status
    kind = (found.front.kind,) if several else ()
    words = (status.sync, status.health.status, _short(view), *kind, status.message)
    return (view.namespace, view.name, *words)


def _set_suspended(name: str, namespace: str, workspace: str, suspended: bool) -> None:
    from gitops_lab.engine import ops

    place = chosen_running(workspace)
    found = engines.find(place, name, namespace)
    if found.is_native:
        ops.set_suspended(place.client(), found.view, suspended)
    else:
        engines.suspend(place, found, suspended)
    Terminal().say(f"{name} is {'suspended' if suspended else 'taken up again'}.")


def _short(view: "AppView") -> str:
    return view.status.revision[:7]


def _document(found: "engines.Found") -> dict[str, object]:
    engine = {} if found.is_native else {"engine": found.engine, "kind": found.front.kind}
    return {**_data(found.raw), **engine}


def _data(obj: "Object") -> dict[str, object]:
    return {
        "namespace": obj["metadata"].get("namespace", ""),
        "name": obj["metadata"]["name"],
        "spec": obj.get("spec"),
        "status": obj.get("status") or {},
    }
