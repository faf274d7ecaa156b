"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from gitops_lab.errors import UsageError

PROVIDERS = ("embedded", "kind", "existing")
ENGINES = ("builtin", "argocd", "flux")
TIMINGS = ("lab", "real")

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
Engine = Annotated[
    str,
    typer.Option("--engine", metavar="NAME", help="Speak another one too: argocd or flux."),
]
Timing = Annotated[
    str,
    typer.Option("--timing", metavar="NAME", help="lab: at once; real: after minutes, as at work."),
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
Nodes = Annotated[
    int, typer.Option("--nodes", metavar="NUMBER", help="kind: of how many nodes a cluster is.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--clones", metavar="FOLDER", help="Where your clones go.", file_okay=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def checked(word: str, words: tuple[str, ...], option: str) -> str:
    """The word of an option. Raises UsageError for one that it doesn't know."""
    if word not in words:
        raise UsageError(f"{option} is one of {', '.join(words)}, not {word!r}.")
    return word
