"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on the last line.")]
WorkspaceName = Annotated[
    str,
    typer.Option(
        "--workspace", metavar="NAME", envvar="GITOPS_LAB_WORKSPACE", help="Which workspace."
    ),
]
Provider = Annotated[
    str,
    typer.Option("--provider", metavar="NAME", help="Where clusters come from: embedded or kind."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--clones", metavar="FOLDER", help="Where your clones go.", file_okay=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
