"""Hearing from whoever started this process that it may go on, and telling that it is ready."""

import json
import os
from typing import Any

from gitops_lab.errors import GitOpsLabError

_DESCRIPTOR = "GITOPS_LAB_READY_FD"
_GO = "GITOPS_LAB_GO_FD"


def may_go_on() -> bool:
    """Wait for the word; False when who started this process has ended, or given up."""
    descriptor = os.environ.pop(_GO, "")
    if not descriptor:  # started by hand
        return True
    with os.fdopen(int(descriptor), "rb", buffering=0) as pipe:
        return bool(pipe.read(1))


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
