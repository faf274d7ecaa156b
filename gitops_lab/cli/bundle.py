"""`gitops-lab bundle …`: labs for a room without network, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from gitops_lab.cli.options import Json
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import WorkspaceError

app = typer.Typer(
    help="Labs for machines without network, in one file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")]


@app.command()
def create(
    file: File,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without kind's images: small, needs no Docker.")
    ] = False,
    json: Json = False,
) -> None:
    """Pack gitops-lab with all it needs, for machines like this one."""
    from gitops_lab.workspace.bundle.create import create as pack
    from gitops_lab.workspace.files import told_storage_errors

    terminal = Terminal(json=json)
    with told_storage_errors(file.absolute().parent):
        made = pack(file.absolute(), embedded=embedded, report=terminal.step)
    terminal.say(
        f"\n{file}: {made.size / 1e6:.0f} MB. On the other machine: `python3 {file.name}`."
    )
    terminal.document(
        {"file": str(file), "bytes": made.size, "wheels": made.wheels, "images": list(made.images)}
    )


@app.command()
def load(
    file: File,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FOLDER", help="./gitops-lab-VERSION else.")
    ] = None,
    json: Json = False,
) -> None:
    """Install what a bundle brings, and load its images; no network is used."""
    from gitops_lab.workspace.bundle import load as loader

    terminal = Terminal(json=json)
    try:
        loaded = loader.load(file, into, say=lambda told: terminal.say(f"  {told}"))
    except loader.BundleError as error:
        raise WorkspaceError(str(error), reason="BundleFailed") from error
    terminal.say(f"\nDone: {loaded.command} demo first-sync")
    terminal.document(
        {
            "command": str(loaded.command),
            "version": loaded.version,
            "images": list(loaded.images),
            "problem": loaded.problem,
        }
    )
    if loaded.problem:
        raise WorkspaceError(
            f"{loaded.problem}.",
            reason="ImagesNotLoaded",
            hint="The embedded cluster works; load the bundle again when Docker runs.",
        )
