"""`gitops-lab author …`: what somebody who writes labs needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.options import Json, Provider
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.lab import Lab

app = typer.Typer(help="For those who write labs.", no_args_is_help=True, rich_markup_mode=None)

Labs = Annotated[
    list[str] | None, typer.Argument(metavar="[LAB]…", help="Names or folders; all when none.")
]


@app.command()
def lint(labs: Labs = None, json: Json = False) -> None:
    """Find every problem of a lab at once, each with file, line and the fix."""
    from gitops_lab.lab import bundled_folders, examine, name_of

    terminal = Terminal(json=json)
    folders = [_folder_of(Path(name)) for name in labs] if labs else bundled_folders()
    found: list[dict[str, object]] = []
    for folder in folders:
        problems = examine(folder, name_of(folder)).problems
        found += [{"lab": name_of(folder), **vars(problem)} for problem in problems]
        for problem in problems:
            terminal.say(f"{folder}/{problem}", "red")
        if not problems:
            terminal.say(f"  ✓ {name_of(folder)}", "green")
    terminal.document({"problems": found})
    if found:
        raise typer.Exit(2)


@app.command()
def prove(labs: Labs = None, provider: Provider = "embedded", json: Json = False) -> None:
    """Prove labs: red at the start, green solved, red on wrong answers, red after reset."""
    from gitops_lab import course

    terminal = Terminal(json=json)
    proofs = []
    for lab in _labs(labs or ()):
        terminal.title(lab.name)
        proof = course.prove(lab, provider=provider, on_part=lambda s, p: _part(terminal, s, p))
        proofs.append(proof)
        for line in (*proof.left, proof.failure):
            if line:
                terminal.say(f"  ✗ {line}", "red")
        result = "proven" if proof.proven else "NOT proven"
        terminal.say(f"  {result} in {proof.seconds:.1f} s", "green" if proof.proven else "red")
    terminal.document({"labs": [proof.as_data() for proof in proofs]})
    if not all(proof.proven for proof in proofs):
        raise typer.Exit(1)


def _part(terminal: Terminal, step: str, part: object) -> None:
    from gitops_lab.course import Part

    assert isinstance(part, Part)
    mark = "✓" if part.passed else "✗"
    line = f"  {mark} {step:14} {part.what:11} {part.name:32} {part.seen:6} {part.seconds:4.1f} s"
    terminal.say(line, "" if part.passed else "red")
    if part.detail and not part.passed:
        terminal.say(f"      {part.detail}")


def _labs(names: Sequence[str]) -> list["Lab"]:
    from gitops_lab.lab import bundled, find

    return [find(name) for name in names] if names else bundled()


def _folder_of(named: Path) -> Path:
    """A folder as it is, or the folder of a bundled lab of that name."""
    from gitops_lab.lab import bundled_folders, name_of

    if named.is_dir():
        return named
    return next((f for f in bundled_folders() if name_of(f) == str(named)), named)
