"""`scripts/bench NAME [--json]`."""

import argparse
import json

from scripts.benchmarks import (
    api,
    check_watch,
    engine,
    full_store,
    idle,
    one_check,
    push_live,
    start,
    start_of_help,
    web,
)
from scripts.benchmarks.product import machine

BENCHMARKS = {
    "api": api.measure,
    "check": one_check.measure,
    "check-watch": check_watch.measure,
    "engine": engine.measure,
    "full-store": full_store.measure,
    "start": start.measure,
    "push-live": push_live.measure,
    "idle": idle.measure,
    "help": start_of_help.measure,
    "web": web.measure,
}


def main() -> None:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {**BENCHMARKS[options.name](), **machine()}
    if options.json:
        print(json.dumps(figures))
        return
    for key, value in figures.items():
        print(f"{key:20} {value}")


main()
