"""`gitops-lab status --watch`: each step of the chain as it happens."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitops_lab.cli.terminal import Terminal
    from gitops_lab.workspace import Workspace

_STYLES = {"failed": "red", "Synced": "green", "Healthy": "green", "Degraded": "red"}


def followed(terminal: "Terminal", workspace: "Workspace") -> None:
    """A line for each step, or with --json a document, until Ctrl+C or the engine's end."""
    try:
        for event in workspace.chain():
            if not event:
                terminal.say("Watching; Ctrl+C ends it.", "dim")
            elif terminal.json:
                print(json.dumps(event), flush=True)
            else:
                terminal.say(line_of(event), _style(event))
    except KeyboardInterrupt:
        terminal.say()


def line_of(event: dict[str, Any]) -> str:
    """`12:00:01  shop  render  Rendered  4 objects, 12 ms`."""
    moment = datetime.fromtimestamp(event["at"]).strftime("%H:%M:%S")
    told = [event["message"]] if event["message"] else []
    data = event["data"]
    if "objects" in data:
        told.append("1 object" if data["objects"] == 1 else f"{data['objects']} objects")
    if "revision" in data:
        told.append(str(data["revision"])[:7])
    if "seconds" in data:
        told.append(f"{data['seconds'] * 1000:.0f} ms")
    what = f"{event['stage']:7} {event['reason']:10} {', '.join(told)}"
    return f"{moment}  {event['app']}  {what}".rstrip()


def _style(event: dict[str, Any]) -> str:
    return "red" if event["data"].get("failed") else _STYLES.get(event["reason"], "")
