"""Reads a cluster's audit log: who wrote what, when, and with which tool.

The log holds a line for each write, an `Event` of audit.k8s.io/v1 at level Metadata, as a cluster
with an audit policy would write it. The name under which fields were written is an annotation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FILE_NAME = "audit.log"
MANAGER = "gitops-lab.dev/field-manager"


@dataclass(frozen=True)
class Written:
    """One write. `time` is RFC 3339 in UTC with microseconds; `namespace` may be "".

    `user` is who asked, `acting_as` whom they impersonated, if anybody. `code` is the HTTP status.
    """

    time: str
    user: str
    acting_as: str
    user_agent: str
    manager: str
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    dry_run: bool

    @property
    def tool(self) -> str:
        """The program that wrote: the first word of its user agent (`kubectl`, `helm`)."""
        return self.user_agent.partition("/")[0]

    @property
    def took_effect(self) -> bool:
        """Whether it was accepted, and no dry run."""
        return self.code < 300 and not self.dry_run


def paths(file: Path) -> tuple[Path, Path]:
    """The files of a log, the older one first; either may be missing."""
    return file.with_name(f"{file.name}.1"), file


def read(file: Path, *, since: str = "") -> Iterator[Written]:
    """The writes in a log and in what was rotated out of it, oldest first.

    `since` leaves out what came before that time (RFC 3339, UTC). A line that is cut off, as the
    last one of a killed process may be, is passed over.
    """
    for path in paths(file):
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            continue
        for line in lines:
            found = _parsed(line)
            if found is not None and found.time >= since:
                yield found


def _parsed(line: bytes) -> Written | None:
    try:
        event: dict[str, Any] = orjson.loads(line)
    except ValueError:
        return None
    about, uri = event.get("objectRef") or {}, event.get("requestURI", "")
    user_agent = event.get("userAgent", "")
    return Written(
        time=event.get("requestReceivedTimestamp", ""),
        user=(event.get("user") or {}).get("username", ""),
        acting_as=(event.get("impersonatedUser") or {}).get("username", ""),
        user_agent=user_agent,
        manager=(event.get("annotations") or {}).get(MANAGER) or user_agent.partition("/")[0],
        verb=event.get("verb", ""),
        group=about.get("apiGroup", ""),
        resource=about.get("resource", ""),
        subresource=about.get("subresource", ""),
        namespace=about.get("namespace", ""),
        name=about.get("name", ""),
        code=int((event.get("responseStatus") or {}).get("code", 0)),
        dry_run="dryRun=All" in uri,
    )
