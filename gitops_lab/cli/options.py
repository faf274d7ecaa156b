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
    typer.Option("--provider", metavar="NAME", help="embedded, kind or existing."),
]
Context = Annotated[
    str,
    typer.Option("--context", metavar="NAME", help="Existing clusters: which kubeconfig context."),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option("--kubeconfig", metavar="FILE", help="Existing clusters: where that context is."),
]
InstallCrds = Annotated[
    bool,
    typer.Option("--install-crds", help="Existing clusters: keep the Apps there, as resources."),
]
YesReally = Annotated[
    bool, typer.Option("--yes-really", help="Existing clusters: even if it looks like production.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--clones", metavar="FOLDER", help="Where your clones go.", file_okay=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
