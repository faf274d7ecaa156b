"""What a presenter's terminal tells the second screen: a file in the workspace's folder."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from gitops_lab.workspace.files import write_atomically

FILE = "present.json"


@dataclass(frozen=True)
class Notes:
    """Where the show is. Times are seconds since the epoch; `waits` is what it waits for.

    `watch` is what the audience should look at.
    """

    chapter: str = ""
    number: int = 0
    total: int = 0
    say: str = ""
    command: str = ""
    next_say: str = ""
    next_command: str = ""
    waits: str = ""
    watch: str = ""
    began_at: float = 0.0
    chapter_at: float = 0.0


def write_notes(root: Path, notes: Notes) -> None:
    """Tell where the show is; `root` is the workspace's folder."""
    write_atomically(root / FILE, json.dumps(asdict(notes)))


def notes_stamp(root: Path) -> int:
    """Changes when the notes do; 0 when nothing is presented. Costs one look at a file."""
    try:
        return (root / FILE).stat().st_mtime_ns
    except OSError:
        return 0


def read_notes(root: Path) -> Notes | None:
    """What is presented now; None when nothing is."""
    try:
        raw = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Notes(**{one.name: raw[one.name] for one in fields(Notes) if one.name in raw})
    except (OSError, ValueError, TypeError):
        return None
