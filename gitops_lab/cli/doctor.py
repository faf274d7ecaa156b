"""Commands for when something is wrong: doctor, support."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.options import Json
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.workspace.doctor import Examination, Finding

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("doctor")(doctor)


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
