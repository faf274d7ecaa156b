"""`gitops-lab catalog …`: labs of others, installed from a Git URL and brought up to date."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli.options import Json, Yes
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.lab.catalogue import Catalogue, Offer

app = typer.Typer(
    help="Catalogues: labs of others, from a Git URL.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `catalog list`.")]


@app.command()
def add(
    address: Annotated[str, typer.Argument(metavar="URL", help="git+https://…, #folder@revision")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What to call it; the repository's else.")
    ] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Install a catalogue, after showing what is in it and what would run."""
    from gitops_lab.lab import catalogue
    from gitops_lab.workspace import default_home

    terminal, home = Terminal(json=json), default_home()
    offered = catalogue.offer(address, home)
    _agreed(terminal, offered, offered.files, yes=yes)
    made = catalogue.install(offered, name or _called(offered.fetched.url), home)
    terminal.say(f"Installed. `gitops-lab start {made.name}/{next(iter(made.labs))}` starts a lab.")
    terminal.document(_document(made))


@app.command()
def update(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One; all when none.")] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Bring catalogues up to date; what has changed is shown before."""
    from gitops_lab.lab import catalogue
    from gitops_lab.workspace import default_home

    terminal, home = Terminal(json=json), default_home()
    names = [name] if name else [each.name for each in catalogue.catalogues(home)]
    documents = []
    for each in names:
        before = catalogue.installed(each, home)
        offered = catalogue.offer(before.address, home)
        after = before
        if offered.fetched.commit == before.commit:
            terminal.say(f"{each} is up to date, at {before.commit[:7]}.")
        else:
            _agreed(terminal, offered, _changed(before, offered), yes=yes)
            after = catalogue.install(offered, each, home)
            terminal.say(f"{each} is at {after.commit[:7]} now, before at {before.commit[:7]}.")
        documents.append(_document(after))
    terminal.document(documents)


@app.command("list")
def list_(json: Json = False) -> None:
    """The catalogues that are installed, and their labs."""
    from gitops_lab.lab import catalogue
    from gitops_lab.workspace import default_home

    terminal, found = Terminal(json=json), catalogue.catalogues(default_home())
    if not found:
        terminal.say("None. `gitops-lab catalog add git+URL` installs one.")
    for each in found:
        terminal.title(f"{each.name}  ({each.address}, at {each.commit[:7]})")
        for lab in each.labs:
            terminal.say(f"  {each.name}/{lab}")
    terminal.document([_document(each) for each in found])


@app.command()
def remove(name: Name, json: Json = False) -> None:
    """Delete a catalogue. Your workspaces and clones stay."""
    from gitops_lab.lab import catalogue
    from gitops_lab.workspace import default_home

    terminal = Terminal(json=json)
    gone = catalogue.remove(name, default_home())
    terminal.say(f"The catalogue {gone.name} is gone.")
    terminal.document({"name": gone.name, "removed": True})


def _agreed(terminal: Terminal, offered: "Offer", files: list[str], *, yes: bool) -> None:
    """Show what would run, and ask; ends the command with 2 when that is refused."""
    fetched = offered.fetched
    terminal.title(f"{fetched.url} at {fetched.commit[:7]}")
    terminal.say(f"Labs: {', '.join(offered.labs)}")
    terminal.say("A lab runs its checks and its commands, as you. New or changed here:")
    for file in files:
        terminal.say(f"  {fetched.folder / file}")
    if not yes and not typer.confirm("Install it?", default=False, err=True):
        raise typer.Exit(2)


def _changed(before: "Catalogue", offered: "Offer") -> list[str]:
    """The files that can run something and are not as they were agreed to."""

    def same(name: str) -> bool:
        old, new = before.folder / name, offered.fetched.folder / name
        return old.is_file() and old.read_bytes() == new.read_bytes()

    return [name for name in offered.files if not same(name)]


def _called(url: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", url.rpartition("/")[2].removesuffix(".git").lower())
    return plain.strip("-")[:40] or "labs"


def _document(each: "Catalogue") -> dict[str, object]:
    labs = [f"{each.name}/{lab}" for lab in each.labs]
    return {"name": each.name, "address": each.address, "commit": each.commit, "labs": labs}
