"""Ports that had to move because another program has them, remembered over restarts."""

import json
import os
from pathlib import Path


class MovedPorts:
    """By service and declared port, so that an address that a learner has open stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._ports: dict[str, int] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._ports = {}

    def get(self, service: str, declared: int) -> int | None:
        """Where that port was moved to, if it was."""
        return self._ports.get(f"{service}/{declared}")

    def put(self, service: str, declared: int, port: int) -> None:
        """Remember a move."""
        self._ports[f"{service}/{declared}"] = port
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self._ports))
        os.replace(temporary, self._path)
