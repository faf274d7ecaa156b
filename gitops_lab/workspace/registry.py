"""Where a workspace's OCI registry answers, and how helm and other clients log in to it."""

import json
from pathlib import Path

_FILE = "config.json"


def login_file(workspace: Path) -> Path:
    """Credentials as Docker and helm read them; its address is the registry's. Never shown."""
    return workspace / "registry" / _FILE


def address_of(workspace: Path) -> str:
    """`127.0.0.1:PORT`; "" when the registry has never run."""
    try:
        logins = json.loads(login_file(workspace).read_text())["auths"]
        return str(next(iter(logins)))
    except (OSError, ValueError, LookupError, TypeError, StopIteration):
        return ""
