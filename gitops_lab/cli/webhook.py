"""`gitops-lab app webhook`: where a Git host can tell of a push, and the secret to sign it with."""

import typer

from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal


def register(apps: typer.Typer) -> None:
    """Add the command."""
    apps.command()(webhook)


def webhook(workspace: WorkspaceName = "", json: Json = False) -> None:
    """Where a Git host can tell of a push, and the secret that it signs with.

    Pushes to the workspace's own Git server are seen without it.
    """
    terminal = Terminal(json=json)
    url, secret = chosen_running(workspace).webhook()
    terminal.say(f"URL     {url}\nsecret  {secret}")
    terminal.say(
        "GitHub, Gitea and GitLab take both as they are; others sign as the site says.", "dim"
    )
    terminal.document({"url": url, "secret": secret})
