"""`start first-sync` until the app answers over HTTP; warm, the median of three."""

import statistics
import subprocess
import time

from scripts.benchmarks.product import LAB, Product, product, wait_for_answer

RUNS = 3


def measure() -> dict[str, object]:
    """`embedded_s`: seconds from the command to the first answer of the app."""
    seconds = []
    for _ in range(RUNS + 1):
        with product() as place:
            seconds.append(_once(place))
    return {"embedded_s": round(statistics.median(seconds[1:]), 2), "runs": RUNS}


def _once(place: Product) -> float:
    begun = time.monotonic()
    subprocess.run(
        [*LAB, "start", "first-sync"],
        cwd=place.place,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    ended = time.monotonic()
    url = str(place.document("open", "--print")["url"])
    asked = time.monotonic()
    answered = wait_for_answer(url)
    return (ended - begun) + (answered - asked)
