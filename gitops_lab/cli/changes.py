"""`gitops-lab app render` and `app diff`: what Git gives, and what it would change.

Of an app in a workspace, or offline: of an App's manifest and the files of a clone, for use where
a pull request is judged.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gitops_lab.cli import engines
from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.engine.app import App
    from gitops_lab.engine.render import Inputs, Rendered
    from gitops_lab.workspace import Workspace

Name = Annotated[str, typer.Argument(metavar="[APP]", help="The app's name; none with --app.")]
Namespace = Annotated[
    str,
    typer.Option("--namespace", "-n", help="Where the GitOpsApp is, if the name is not enough."),
]
Manifest = Annotated[
    Path | None,
    typer.Option("--app", help="Offline: a file with a GitOpsApp.", exists=True, dir_okay=False),
]
Folder = Annotated[
    Path, typer.Option("--from", help="Offline: the folder of the clone.", file_okay=False)
]
Key = Annotated[
    Path | None,
    typer.Option("--key", help="Offline: an age key, to open what is encrypted.", exists=True),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--set", help="Offline: NAME=VALUE of substituteFrom; repeat it."),
]


def register(apps: typer.Typer) -> None:
    """Add the commands."""
    apps.command()(render)
    apps.command()(diff)


def render(
    name: Name = "",
    manifest: Manifest = None,
    folder: Folder = Path(),
    key: Key = None,
    variables: Variables = None,
    namespace: Namespace = "",
    *,
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """The objects that Git gives, as YAML; values of Secrets are stars."""
    from gitops_lab.engine import offline, ops
    from gitops_lab.kube.yamls import dump_all

    terminal = Terminal(json=json)
    if manifest is not None:
        app = offline.read_app(manifest)
        rendered = offline.render_folder(folder, app, _inputs(app, key, variables))
    else:
        name = _named(name)
        found = chosen_running(workspace)
        view = engines.find(found, name, namespace).view
        rendered = ops.render_app(view, clients_of(found), sources_of(found))
    objects = [offline.masked(item.obj) for item in rendered.objects]
    if not json:
        typer.echo(dump_all(objects), nl=False)
    terminal.document({"objects": objects})


def diff(
    name: Name = "",
    manifest: Manifest = None,
    folder: Folder = Path(),
    against: Annotated[
        str, typer.Option("--against", help="Offline: the revision to compare with.")
    ] = "HEAD",
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As a comment for a pull request.")
    ] = False,
    key: Key = None,
    *,
    variables: Variables = None,
    namespace: Namespace = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """What a sync would change now; secrets are masked.

    Offline, with --app: what the files of a clone change against another revision of it.
    """
    terminal = Terminal(json=json)
    if manifest is None:
        changes, told, app_name = _online(_named(name), namespace, workspace)
    else:
        changes, told, app_name = _offline(manifest, folder, against, _Given(key, variables))
    if markdown:
        from gitops_lab.engine import offline

        typer.echo(offline.markdown(app_name, changes), nl=False)
    else:
        for change in changes:
            terminal.title(f"{change.action} {change.key}")
            for line in change.diff.splitlines():
                terminal.say(line, _style(line))
        terminal.say(told)
    shown = [{"object": str(c.key), "action": c.action, "diff": c.diff} for c in changes]
    terminal.document({"app": app_name, "changes": shown})


class _Given:
    """What an offline render is given on the command line."""

    def __init__(self, key: Path | None, variables: Sequence[str] | None) -> None:
        self.key = key
        self.variables = variables


def _online(name: str, namespace: str, workspace: str) -> tuple[list[Any], str, str]:
    from gitops_lab.engine import ops
    from gitops_lab.engine.diff import unified
    from gitops_lab.engine.offline import ObjectChange

    found = chosen_running(workspace)
    app = engines.find(found, name, namespace)
    view, semantics = app.view, None if app.is_native else app.front.semantics
    plan = ops.diff(view, clients_of(found), sources_of(found), semantics)
    changes = [
        ObjectChange(str(c.action), c.key, c.desired.file if c.desired else "", unified(c))
        for c in plan.pending
    ]
    return changes, plan.summary(), view.name


def _offline(
    manifest: Path, folder: Path, against: str, given: _Given
) -> tuple[list[Any], str, str]:
    from gitops_lab.engine import offline

    app = offline.read_app(manifest)
    inputs = _inputs(app, given.key, given.variables)
    before: Rendered = offline.render_revision(folder, against, app, inputs)
    changes = offline.compare(before, offline.render_folder(folder, app, inputs))
    counts = f"{len(changes)} object{'' if len(changes) == 1 else 's'} differ from {against}."
    return changes, counts, app.name


def _inputs(app: "App", key: Path | None, variables: Sequence[str] | None) -> "Inputs":
    from gitops_lab.engine.render import Inputs
    from gitops_lab.engine.render.sops.crypt import identities_in

    known = dict(_pair(text) for text in variables or ())
    keys = identities_in(key.read_text()) if key else ()
    sealed = app.decryption is not None and not keys
    return Inputs(variables=known, keys=keys, keep_sealed=sealed)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set wants NAME=VALUE, not {text!r}.")
    return name, value


def _named(name: str) -> str:
    if not name:
        raise UsageError("which app?", hint="Give its name, or a file with a GitOpsApp with --app.")
    return name


def clients_of(workspace: "Workspace") -> dict[str, Any]:
    """A client for each cluster, that of the apps first."""
    return {name: workspace.client(name) for name in workspace.clusters}


def sources_of(workspace: "Workspace") -> Any:
    """The workspace's repositories, as the engine reads them."""
    from gitops_lab.engine.source import SourceStore

    return SourceStore(workspace.folder.repositories, workspace.folder.cache)


def _style(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
