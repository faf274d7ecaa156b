"""The options of the providers; what is asked about a cluster that isn't ours, beforehand."""

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from gitops_lab.cli.options import PROVIDERS, checked
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

_PROVIDER = "existing"


def existing_options(
    terminal: Terminal, provider: str, context: str, kubeconfig: Path | None, *, sure: bool
) -> dict[str, str]:
    """The provider's options from the command line. Raises UsageError.

    At a terminal the second word for a cluster that looks like production may be typed: its name.
    """
    if checked(provider, PROVIDERS, "--provider") != _PROVIDER:
        if context or kubeconfig:
            raise UsageError(
                f"--context and --kubeconfig don't go with --provider {provider}.",
                hint="Say --provider existing.",
            )
        return {}
    from gitops_lab.workspace.existing import choose, why_careful

    named = {"context": context, "kubeconfig": str(kubeconfig.absolute()) if kubeconfig else ""}
    choice = choose(named)
    reason = why_careful(choice)
    if reason and not sure and sys.stdin.isatty():
        terminal.say(f"Careful: {reason} ({choice.server}).", "yellow")
        typed = typer.prompt("Type the context's name to go on", default="", err=True)
        sure = typed == choice.context
    found = {"context": choice.context, "kubeconfig": str(choice.kubeconfig)}
    return found | ({"sure": "yes"} if sure else {})


def with_definitions(options: Mapping[str, str], install: bool) -> dict[str, str]:
    """The same with --install-crds. Raises UsageError where the option has no meaning."""
    if install and not options:
        raise UsageError("--install-crds is for --provider existing.")
    return {**options, **({"install-crds": "yes"} if install else {})}


def with_nodes(options: Mapping[str, str], provider: str, nodes: int) -> dict[str, str]:
    """The same with --nodes. Raises UsageError where a cluster can't be of so many."""
    from gitops_lab.workspace.kind.config import MOST_NODES, NODES

    if nodes == 1:
        return dict(options)
    if provider != "kind":
        raise UsageError(
            f"--nodes does not go with --provider {provider}.", hint="Say --provider kind."
        )
    if not 1 <= nodes <= MOST_NODES:
        raise UsageError(f"--nodes is a number from 1 to {MOST_NODES}, not {nodes}.")
    return {**options, NODES: str(nodes)}
