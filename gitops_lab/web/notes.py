"""What a presenter's terminal tells the second screen, through a file in the workspace."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = "present.json"


@dataclass(frozen=True)
class Notes:
    """Where the show is. Times are seconds since the epoch."""

    chapter: str = ""
    number: int = 0
    total: int = 0
    say: str = ""
    command: str = ""
    next_say: str = ""
    next_command: str = ""
    waits: str = ""
    began_at: float = 0.0
    chapter_at: float = 0.0


def read_notes(root: Path) -> Notes | None:
    """What is presented now; None when nothing is."""
    try:
        raw = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Notes(**{name: raw[name] for name in vars(Notes()) if name in raw})
    except (OSError, ValueError, TypeError):
        return None
