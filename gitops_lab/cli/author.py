"""`gitops-lab author …`: what somebody who writes labs needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.options import ENGINES, Json, Provider, checked
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.course import LabProof
    from gitops_lab.lab import Lab

app = typer.Typer(help="For those who write labs.", no_args_is_help=True, rich_markup_mode=None)

Labs = Annotated[
    list[str] | None, typer.Argument(metavar="[LAB]…", help="Names or folders; all when none.")
]


@app.command()
def lint(labs: Labs = None, json: Json = False) -> None:
    """Find every problem of a lab at once, each with file, line and the fix."""
    from gitops_lab.lab import bundled_folders, name_of
    from gitops_lab.lab import lint as problems_of

    terminal = Terminal(json=json)
    folders = [_folder_of(Path(name)) for name in labs] if labs else bundled_folders()
    found: list[dict[str, object]] = []
    for folder in folders:
        problems = problems_of(folder, name_of(folder))
        found += [{"lab": name_of(folder), **vars(problem)} for problem in problems]
        for problem in problems:
            terminal.say(f"{folder}/{problem}", "red")
        if not problems:
            terminal.say(f"  ✓ {name_of(folder)}", "green")
    terminal.document({"problems": found})
    if found:
        raise typer.Exit(2)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="A folder that is not there yet.")],
) -> None:
    """Write a small lab that already proves, to change into yours."""
    from gitops_lab.lab.scaffold import scaffold

    terminal = Terminal()
    for path in scaffold(folder):
        terminal.say(f"  {path}")
    terminal.say(
        f"\nProve it as it is: `gitops-lab author prove ./{folder}`. Then make it yours; "
        f"`gitops-lab author preview ./{folder}` shows the page while you write."
    )


@app.command()
def preview(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="A folder, or a name of `list`.")],
    port: Annotated[int, typer.Option(help="Where; a free one when 0.")] = 0,
) -> None:
    """Show a lab's page in the browser while you write it, with its problems on top."""
    from gitops_lab.cli.preview import serve

    server = serve(_folder_of(Path(lab)).resolve(), port)
    Terminal().say(f"http://127.0.0.1:{server.server_address[1]}/   (Ctrl+C ends it)")
    server.serve_forever()


@app.command()
def schema() -> None:
    """Print the JSON Schema of lab.yaml, for editors."""
    from gitops_lab.lab.schema import text

    print(text(), end="")


@app.command()
def prove(
    labs: Labs = None,
    provider: Provider = "embedded",
    engine: Annotated[
        str,
        typer.Option("--engine", metavar="NAME", help="Who serves its apps: argocd or flux."),
    ] = "builtin",
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Break each solved step in ten ways, too.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="The first answer of each sort, once.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")
    ] = None,
    json: Json = False,
) -> None:
    """Prove labs: red at the start, green solved, red on wrong answers, red after reset."""
    from gitops_lab import course

    terminal = Terminal(json=json)
    place = course.Place(provider, checked(engine, ENGINES, "--engine"))
    proofs = []
    for lab in _labs(labs or ()):
        terminal.title(lab.name)
        if told := lab.unserved(engine):
            terminal.say(told, "yellow")
        proofs.append(
            course.prove(
                lab,
                place=place,
                mutate=course.mutants.MOST if mutate else 0,
                quick=quick,
                on_part=lambda step, part: _part(terminal, step, part),
            )
        )
        _told(terminal, proofs[-1])
    proof_table(terminal, proofs)
    if junit:
        course.junit.write(proofs, junit)
    terminal.document({"labs": [proof.as_data() for proof in proofs]})
    if not all(proof.proven for proof in proofs):
        raise typer.Exit(1)


def _told(terminal: Terminal, proof: "LabProof") -> None:
    for line in (*proof.left, proof.failure):
        if line:
            terminal.say(f"  ✗ {line}", "red")
    result = "proven" if proof.proven else "NOT proven"
    terminal.say(f"  {result} in {proof.seconds:.1f} s", "green" if proof.proven else "red")
    mutation = proof.mutation()
    if mutation["tried"]:
        told = f"{mutation['red']} of {mutation['tried']} broken states turn red"
        terminal.say(f"  {told} ({mutation['score']} %)")
        for line in mutation["green"]:
            terminal.say(f"    stays green: {line}", "yellow")


def proof_table(terminal: Terminal, proofs: Sequence["LabProof"]) -> None:
    """Every step of every lab in a row: how many of each kind were judged as they should."""
    tried = {part.what for proof in proofs for step in proof.steps for part in step.parts}
    always = ("start", "wrong", "also-right", "solution", "readme", "reset", "again")
    kinds = (*always, *(kind for kind in ("backwards", "mutant") if kind in tried))
    rows = []
    for proof in proofs:
        for step in proof.steps:
            cells = []
            for kind in kinds:
                parts = [part for part in step.parts if part.what == kind]
                good = sum(part.passed for part in parts)
                cells.append(f"{good}/{len(parts)}" if parts else "–")
            rows.append((proof.name, step.id, *cells, "✓" if step.proven else "✗"))
    terminal.say()
    terminal.table(("LAB", "STEP", *(kind.upper() for kind in kinds), ""), rows)


def _part(terminal: Terminal, step: str, part: object) -> None:
    from gitops_lab.course import Part

    assert isinstance(part, Part)
    mark = "✓" if part.passed else "✗"
    name = part.name if len(part.name) <= 44 else f"{part.name[:43]}…"
    line = f"  {mark} {step:14} {part.what:11} {name:44} {part.seen:6} {part.seconds:4.1f} s"
    terminal.say(line, "" if part.passed else "red")
    if part.detail and not part.passed:
        terminal.say(f"      {part.detail}")


def _labs(names: Sequence[str]) -> list["Lab"]:
    from gitops_lab.lab import bundled, find

    return [find(name) for name in names] if names else bundled()


def _folder_of(named: Path) -> Path:
    """A folder as it is, or the folder of a bundled lab of that name. Raises `NoSuchLab`."""
    from gitops_lab.lab import bundled_folders, find, name_of

    if named.is_dir():
        return named
    bundled = (f for f in bundled_folders() if name_of(f) == str(named))
    return next(bundled, None) or find(str(named)).folder
