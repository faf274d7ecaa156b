"""How long one `gitops-lab check` of three checks takes: red at the start, green when solved."""

import os
import statistics
import subprocess
import sys
import time

from scripts.benchmarks.product import LAB, Product, product

RUNS = 11
_LAB = "rollback"  # its first step has three checks


def measure() -> dict[str, object]:
    """Medians in seconds: `red_s`, `green_s`; `cpu_s` is the processor time of the green one.

    `floor_s` is an empty Python, taken in turn.
    """
    with product() as place:
        place.run("start", _LAB)
        red, _, floor = _runs(place, code=1)
        place.run("solve", "1")
        green, processor, _ = _runs(place, code=0)
    return {"red_s": red, "green_s": green, "cpu_s": processor, "floor_s": floor, "runs": RUNS}


def _runs(place: Product, *, code: int) -> tuple[float, float, float]:
    walls, processors, floors = [], [], []
    for _ in range(RUNS):
        wall, processor, ended = _timed([*LAB, "check", "1"], place)
        if ended != code:
            raise SystemExit(f"the check ended with {ended}, not {code}")
        walls.append(wall)
        processors.append(processor)
        floors.append(_timed([sys.executable, "-c", "pass"], place)[0])
    wall, processor, floor = (round(statistics.median(x), 3) for x in (walls, processors, floors))
    return wall, processor, floor


def _timed(command: list[str], place: Product) -> tuple[float, float, int]:
    before, begun = os.times(), time.monotonic()
    done = subprocess.run(
        command, cwd=place.place, env=place.environment, stdout=subprocess.DEVNULL, check=False
    )
    wall, after = time.monotonic() - begun, os.times()
    used = after.children_user + after.children_system
    return wall, used - before.children_user - before.children_system, done.returncode
