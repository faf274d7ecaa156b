"""Telling whoever started this process that it is ready, or why it is not."""

import json
import os
from typing import Any

from gitops_lab.errors import GitOpsLabError

_DESCRIPTOR = "GITOPS_LAB_READY_FD"


def say_ready(**facts: object) -> None:
    """The process serves; `facts` say where."""
    _say({"ready": True, **facts})


def say_failed(error: BaseException) -> None:
    """The process could not start."""
    if isinstance(error, GitOpsLabError):
        _say({"error": error.message, "reason": error.reason, "hint": error.hint})
    else:
        _say({"error": f"{type(error).__name__}: {error}"})


def _say(message: dict[str, Any]) -> None:
    descriptor = os.environ.pop(_DESCRIPTOR, "")
    if not descriptor:  # started by hand
        print(json.dumps(message), flush=True)
        return
    with os.fdopen(int(descriptor), "w") as pipe:
        pipe.write(json.dumps(message) + "\n")
