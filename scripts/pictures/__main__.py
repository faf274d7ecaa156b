"""The pictures of the site into build/pictures; with `readme` the one of the README, too."""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from scripts.pictures import page, recording

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "site" / "assets" / "demo.svg"
COMMAND = "scripts/lab"
LAST = "healed:"
WIDTH = 104
_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main(words: list[str]) -> None:
    """Play what is to be pictured, and write the pictures."""
    into = ROOT / "build" / "pictures"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder)
        recording.take(draft)
        page.take(draft)
        for picture in sorted(draft.iterdir()):
            picture.replace(into / picture.name)
            print(into / picture.name, f"{(into / picture.name).stat().st_size // 1024} KiB")
    if words == ["readme"]:
        _readme()


def _readme() -> None:
    """The beginning of what the demo prints, as a still picture."""
    lines = _demo().splitlines()
    end = next(number for number, line in enumerate(lines) if LAST in line)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), soft_wrap=False)
    console.print(Text(f"$ {COMMAND} demo first-sync", style="bold"))
    for line in lines[: end + 3]:
        console.print(Text.from_ansi(line))
    svg = console.export_svg(title="GitOps Lab")
    PICTURE.write_text(_FONT.sub("", svg))  # the reader's own font: a page asks nobody for one
    print(PICTURE)


def _demo() -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "gitops_lab.cli", "demo", "first-sync"],
            cwd=folder,
            env={
                **os.environ,
                "GITOPS_LAB_HOME": f"{folder}/home",
                "GITOPS_LAB_COMMAND": COMMAND,
                "FORCE_COLOR": "1",
                "COLUMNS": str(WIDTH),
                "TMPDIR": folder,
            },
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout.replace(folder, "/tmp")


main(sys.argv[1:])
