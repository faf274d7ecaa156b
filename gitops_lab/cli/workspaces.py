"""Commands about the workspace itself: up, down, kubeconfig, shell, kubectl."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from gitops_lab.cli.choose import chosen, chosen_running
from gitops_lab.cli.existing import existing_options, with_definitions, with_nodes
from gitops_lab.cli.options import (
    ENGINES,
    TIMINGS,
    Context,
    Engine,
    InstallCrds,
    Json,
    Kubeconfig,
    Nodes,
    Provider,
    Timing,
    WorkspaceName,
    YesReally,
    checked,
)
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import WorkspaceError


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("kubeconfig")(kubeconfig)
    app.command("shell")(shell)
    app.command(
        "kubectl",
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )(kubectl)


def up(
    name: Annotated[str, typer.Argument(help="The workspace's name.")] = "default",
    cluster: Annotated[
        list[str], typer.Option("--cluster", help="A cluster's name; repeat it for several.")
    ] = ["main"],  # noqa: B006  typer reads it and never changes it
    provider: Provider = "embedded",
    keep: Annotated[bool, typer.Option("--keep", help="Keep what a failure leaves.")] = False,
    json: Json = False,
    *,
    context: Context = "",
    kubeconfig: Kubeconfig = None,
    install_crds: InstallCrds = False,
    yes_really: YesReally = False,
    engine: Engine = "",
    timing: Timing = "lab",
    nodes: Nodes = 1,
) -> None:
    """Bring up a workspace without a lab: clusters, a Git server, an engine.

    It speaks Argo CD and Flux; --engine names just one of them, or builtin for none.
    """
    from gitops_lab import workspace as workspaces

    terminal = Terminal(json=json)
    home = workspaces.default_home()
    if name in workspaces.workspaces(home):
        existing = workspaces.open_workspace(name, home=home)
        made = workspaces.resume(existing, report=terminal.step)
    else:
        named = existing_options(terminal, provider, context, kubeconfig, sure=yes_really)
        plan = workspaces.WorkspacePlan(
            name=name,
            clusters=tuple(cluster),
            provider=provider,
            options=with_nodes(with_definitions(named, install_crds), provider, nodes),
            engines=spoken(engine),
            timing=checked(timing, TIMINGS, "--timing"),
        )
        made = workspaces.up(plan, home=home, report=terminal.step, keep=keep)
    terminal.say(f"\nThe workspace {made.name!r} is up. `gitops-lab shell` opens a shell in it.")
    terminal.document({"workspace": made.name, "kubeconfig": str(made.kubeconfig)})


def spoken(engine: str) -> tuple[str, ...]:
    """Which engines a workspace without a lab speaks: all, unless one is named."""
    if not engine:
        return tuple(name for name in ENGINES if name != "builtin")
    return tuple({checked(engine, ENGINES, "--engine")} - {"builtin"})


def down(
    workspace: WorkspaceName = "",
    clones: Annotated[
        bool, typer.Option("--clones", help="Remove your clones too, with all work in them.")
    ] = False,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Leave an existing cluster as it is, if it is gone for good."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Remove the workspace and all its state; your clones stay."""
    from gitops_lab import workspace as workspaces
    from gitops_lab.workspace import record as records

    terminal = Terminal(json=json)
    try:
        found = chosen(workspace)
    except WorkspaceError as error:
        if error.reason not in records.UNUSABLE:
            raise
        name = Path(error.place.file).parent.name
        left: list[str | Path] = [*workspaces.discard(name, home=workspaces.default_home())]
        terminal.say(
            "Its record can't be read, so what it has in Docker or in a cluster of yours, if "
            "anything, is still there, and so are your clones.",
            "yellow",
        )
    else:
        name = found.name
        left = workspaces.down(found, clones=clones, forget=forget)
    terminal.say(f"The workspace {name!r} is gone.")
    for path in left:
        terminal.say(f"  kept: {path}")
    terminal.document({"workspace": name, "kept": [str(path) for path in left]})


def kubeconfig(workspace: WorkspaceName = "") -> None:
    """Print the path of the workspace's kubeconfig."""
    print(chosen(workspace).kubeconfig)


def shell(workspace: WorkspaceName = "") -> None:
    """Open a shell with KUBECONFIG, PATH and git credentials set."""
    found = chosen_running(workspace)
    program = os.environ.get("SHELL", "/bin/sh")
    Terminal().say(f"A shell in the workspace {found.name!r}; `exit` leaves it.", "dim")
    done = subprocess.run([program], env=found.environment(), cwd=_place(found), check=False)
    raise typer.Exit(done.returncode)


def kubectl(
    arguments: Annotated[list[str], typer.Argument(metavar="-- ARGUMENTS…")],
    workspace: WorkspaceName = "",
) -> None:
    """Run kubectl on the workspace's cluster, whatever is installed: kubectl -- get pods."""
    from gitops_lab.kube.kubectl import kubectl as program

    found = chosen_running(workspace)
    sys.stdout.flush()
    os.execve(str(program()), ["kubectl", *arguments], found.environment())  # noqa: S606


def _place(workspace: object) -> Path | None:
    """The folder of the first clone that is still there."""
    from gitops_lab.workspace import Workspace

    assert isinstance(workspace, Workspace)
    clones = (Path(path) for path in workspace.record.clones.values())
    return next((path for path in clones if path.is_dir()), None)
