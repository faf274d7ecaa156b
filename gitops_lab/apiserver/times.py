"""The time as Kubernetes writes it."""

import time
from datetime import UTC, datetime


def now() -> str:
    """The time as metadata has it: whole seconds, UTC."""
    return datetime.fromtimestamp(int(time.time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
