"""`gitops-lab secret …`: files in the format of SOPS, with age keys, where no sops is at hand."""

from pathlib import Path
from typing import Annotated

import typer

from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

app = typer.Typer(
    help="Secrets in Git: encrypt and open files as sops does, with age keys.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]


@app.command()
def encrypt(
    file: File,
    age: Annotated[
        list[str] | None,
        typer.Option("--age", help="A public key (age1…); repeat it. Default: from .sops.yaml."),
    ] = None,
    fields: Annotated[
        str, typer.Option("--encrypted-regex", help="Fields whose values are secret.")
    ] = "",
) -> None:
    """Encrypt the values of a YAML file in place: `sops encrypt --in-place` does the same."""
    from gitops_lab.engine.render.sops.crypt import ENCRYPTED_FIELDS, SopsError
    from gitops_lab.engine.render.sops.crypt import encrypt as sealed
    from gitops_lab.engine.render.sops.rules import rule_for

    try:
        rule = rule_for(file)
        recipients = age or list(rule.recipients if rule else ())
        if not recipients:
            raise UsageError(
                f"nobody is named for whom {file} is to be encrypted.",
                hint="Name a public key with --age, or write a .sops.yaml beside the files.",
            )
        chosen = fields or (rule.fields if rule else "") or ENCRYPTED_FIELDS
        content = sealed(file.read_bytes(), recipients, fields=chosen)
    except SopsError as error:
        raise UsageError(f"{file}: {error}", hint="Nothing was changed.") from error
    file.write_bytes(content)
    Terminal().say(f"{file} is encrypted for {', '.join(recipients)}.")


@app.command()
def decrypt(
    file: File,
    key: Annotated[
        Path, typer.Option("--key", help="The file with the age key.", exists=True, dir_okay=False)
    ],
) -> None:
    """Print a file's plain content, and leave the file as it is."""
    from gitops_lab.engine.render.sops.crypt import SopsError, identities_in
    from gitops_lab.engine.render.sops.crypt import decrypt as plain

    try:
        content = plain(file.read_bytes(), file.name, identities_in(key.read_text()))
    except SopsError as error:
        raise UsageError(f"{file}: {error}") from error
    typer.echo(content.decode(errors="replace"), nl=False)


@app.command()
def keygen(
    into: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
) -> None:
    """Make an age key: the file keeps the secret part, the public one is printed."""
    import os

    import pyrage

    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        handle = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"{into}: {error.strerror}.", hint="Name another file.") from error
    with os.fdopen(handle, "w") as stream:
        stream.write(f"# public key: {public}\n{identity}\n")
    typer.echo(public)
