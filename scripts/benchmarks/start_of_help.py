"""How long `gitops-lab --help` takes, beside a Python that does nothing."""

import statistics
import subprocess
import sys
import time

from scripts.benchmarks.product import LAB

RUNS = 15


def measure() -> dict[str, object]:
    """`help_s`, `floor_s` (an empty Python) and their ratio, medians taken in turn."""
    helps, floors = [], []
    for _ in range(RUNS):
        helps.append(_seconds([*LAB, "--help"]))
        floors.append(_seconds([sys.executable, "-c", "pass"]))
    taken, floor = statistics.median(helps), statistics.median(floors)
    return {"help_s": round(taken, 3), "floor_s": round(floor, 3), "ratio": round(taken / floor, 1)}


def _seconds(command: list[str]) -> float:
    begun = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun
