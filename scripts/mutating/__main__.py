"""`scripts/mutations`: prove labs, break their solved states, and keep the published matrix."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitops_lab.course import mutants, prove
from gitops_lab.lab import bundled, find
from scripts.mutating.page import PAGE, WANTED, Row, read, total, write


def main() -> int:
    """Run or read, write the page; 1 when a lab is not proven or too little turned red."""
    parser = argparse.ArgumentParser(prog="scripts/mutations", description=__doc__)
    parser.add_argument("labs", nargs="*", metavar="LAB", help="All when none is named.")
    parser.add_argument(
        "--from", dest="files", nargs="+", type=Path, metavar="FILE", help="Take, don't run."
    )
    arguments = parser.parse_args()
    rows = {row.lab: row for row in read(PAGE)}
    failed = []
    for proof in _taken(arguments.files) if arguments.files else _run(arguments.labs):
        name = proof["name"]
        row = rows[name] = rows.get(name, Row(name)).told(proof)
        told = "proven" if proof["proven"] else "NOT proven"
        print(f"{name:28} {told:11} {row.red:3} of {row.tried:3} red", flush=True)
        if not row.proven:
            failed.append(name)
        write(PAGE, [rows[lab.name] for lab in bundled() if lab.name in rows])
    score = total(list(rows.values())).score
    print(f"{score:.1f} % turn red" + (f"; not proven: {', '.join(failed)}" if failed else ""))
    return 1 if failed or score < WANTED else 0


def _run(names: list[str]) -> Iterator[dict[str, Any]]:
    for lab in [find(name) for name in names] or bundled():
        yield prove(lab, mutate=mutants.MOST).as_data()


def _taken(files: list[Path]) -> Iterator[dict[str, Any]]:
    """The labs of the documents on the files' last lines."""
    for file in files:
        yield from json.loads(file.read_text().splitlines()[-1])["labs"]


if __name__ == "__main__":
    sys.exit(main())
