"""What helm logs while it works, in the words in which helm-controller puts it into an event."""

import json
import re
import threading
from typing import IO

from gitops_lab.engine.clock import now, stamp

_LINES = 10
"""helm-controller keeps the last ones."""

_FIELD = re.compile(r'([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)')
_OF_OTHERS = (
    "Original chart version",
    "Chart path",
    "setting version to ",
    "executing plugin command",
    "number of dependencies in the chart",
    "chart name",
    "unmarshalled JSON schema",
    "getting ",
    "creating release",
    "updating release",
    "deleting release",
    "waiting for ",
    "all resources achieved",
)
"""How these messages begin: of the program, its plugins, its storage and its way to wait, for which
helm-controller has its own, and of what helm-controller does not pass on.
"""


class Log:
    """Reads all that helm writes to its standard error, in a thread, and when."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._read, name="helm-log", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until helm has closed it; a child of helm's may keep it open for longer."""
        self._thread.join(seconds)

    @property
    def said(self) -> str:
        """All but the log."""
        return "".join(line for _, line in self._lines if not line.startswith("level="))

    @property
    def told(self) -> str:
        """The log's last lines."""
        entries = [f"{at}: {text}" for at, line in self._lines if (text := entry(line))]
        return "\n".join(entries[-_LINES:])

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                self._lines.append((stamp(now()), line))


def entry(line: str) -> str:
    """A line as helm-controller has it, `message: {fields as JSON}`; "" for those that it has not.

    >>> entry('level=WARN msg="upgrade failed" name=web error="it is late"')
    'warning: upgrade failed: {"error":{},"name":"web"}'
    """
    if not line.startswith("level="):
        return ""
    fields = {key: _value(text) for key, text in _FIELD.findall(line)}
    level, message = fields.pop("level"), str(fields.pop("msg", ""))
    if message.startswith(_OF_OTHERS):
        return ""
    if "error" in fields:
        fields["error"] = {}  # so Go writes an error as JSON
    prefix = "warning: " if level == "WARN" else ""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{prefix}{message}: {text}"


def _value(text: str) -> object:
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdigit() else text
