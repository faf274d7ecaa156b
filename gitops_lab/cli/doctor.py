"""Commands for when something is wrong: doctor, support."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.workspace.doctor import Examination, Finding

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("doctor")(doctor)
    app.command("support")(support)


def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Do the safe fixes, and say which.")] = False,
    json: Json = False,
) -> None:
    """Whether this machine can run a lab, and what to do if not."""
    from gitops_lab.workspace import default_home
    from gitops_lab.workspace.doctor import DEFAULT_PROVIDER, examine, this_machine

    terminal = Terminal(json=json)
    examined = examine(this_machine(default_home()), repair=fix)
    for finding in examined.findings:
        _show(terminal, finding)
    for done in examined.repaired:
        terminal.say(f"  repaired  {done}", "green")
    _conclude(terminal, examined, fix)
    terminal.document(examined.as_data())
    if not examined.works(DEFAULT_PROVIDER):
        raise typer.Exit(3)


def _show(terminal: Terminal, finding: "Finding") -> None:
    from gitops_lab.workspace.doctor import DEFAULT_PROVIDER

    mark, style = _MARKS[finding.level.value]
    only = ""
    if DEFAULT_PROVIDER not in finding.providers and finding.level != "ok":
        only, style = f" (matters to --provider {' and '.join(finding.providers)} alone)", "yellow"
    terminal.say(f"  {mark} {finding.name:<9} {finding.seen}{only}", style)
    if finding.fix:
        terminal.say(f"              {finding.fix}")


def _conclude(terminal: Terminal, examined: "Examination", fixed: bool) -> None:
    from gitops_lab.workspace.doctor import EVERY

    terminal.say()
    for provider in EVERY:
        in_the_way = examined.in_the_way(provider)
        names = ", ".join(finding.name for finding in in_the_way)
        word = f"can't work yet: see {names}" if in_the_way else "can work"
        terminal.say(f"  --provider {provider:<9} {word}", "" if in_the_way else "green")
    if not fixed and any(finding.fixable for finding in examined.findings):
        terminal.say("\n`gitops-lab doctor --fix` does what is safe of the above.", "dim")


def support(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A .tar.gz; named for you otherwise.")
    ] = None,
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """Write one archive for whoever helps you; secrets are taken out."""
    from gitops_lab.workspace import checked_name, default_home
    from gitops_lab.workspace.files import told_storage_errors
    from gitops_lab.workspace.support import collect

    terminal, home = Terminal(json=json), default_home()
    there = tuple(sorted(path.name for path in home.glob("workspaces/[!.]*") if path.is_dir()))
    if workspace and checked_name(workspace) not in there:
        raise UsageError(
            f"there is no workspace named {workspace!r}.",
            reason="NoWorkspace",
            hint=f"There are: {', '.join(there) or 'none'}.",
        )
    names = (workspace,) if workspace else there
    into = file or Path(f"gitops-lab-support-{time.strftime('%Y%m%d-%H%M%S')}.tar.gz")
    with told_storage_errors(into.absolute().parent):
        collected = collect(home, into, names)
    terminal.say(
        f"{into}: {collected.size / 1e6:.1f} MB, about {', '.join(names) or 'no'} workspace."
    )
    terminal.say("Tokens, passwords, keys and the data of Secrets are taken out of it.", "dim")
    for problem in collected.problems:
        terminal.say(f"  could not be read: {problem}", "yellow")
    terminal.document(
        {
            "file": str(into),
            "bytes": collected.size,
            "workspaces": list(names),
            "problems": list(collected.problems),
        }
    )
