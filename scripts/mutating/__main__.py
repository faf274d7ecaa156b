"""`scripts/mutations`: prove labs, break their solved states, and keep the published matrices."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitops_lab.course import Place, mutants, prove
from gitops_lab.course.proof import MUTANT
from gitops_lab.lab import Lab, bundled, find
from gitops_lab.workspace.kind.config import node_image
from gitops_lab.workspace.kind.runtime import Runtime
from scripts.mutating import on_kind
from scripts.mutating.page import PAGE, WANTED, Row, read, total, write


def main() -> int:
    """Run or read, write the page; 1 when a lab is not proven or too little turned red."""
    parser = argparse.ArgumentParser(prog="scripts/mutations", description=__doc__)
    parser.add_argument("labs", nargs="*", metavar="LAB", help="All when none is named.")
    parser.add_argument(
        "--from", dest="files", nargs="+", type=Path, metavar="FILE", help="Take, don't run."
    )
    parser.add_argument("--on-kind", action="store_true", help="On genuine clusters.")
    arguments = parser.parse_args()
    return _on_kind(arguments) if arguments.on_kind else _embedded(arguments)


def _embedded(arguments: argparse.Namespace) -> int:
    rows = {row.lab: row for row in read(PAGE)}
    failed = []
    for proof in _taken(arguments.files) if arguments.files else _run(arguments.labs):
        name = proof["name"]
        row = rows[name] = rows.get(name, Row(name)).told(proof)
        told = "proven" if proof["proven"] else "NOT proven"
        print(f"{name:28} {told:11} {row.red:3} of {row.tried:3} red", flush=True)
        _say_why(proof)
        if not row.proven:
            failed.append(name)
        write(PAGE, [rows[lab.name] for lab in bundled() if lab.name in rows])
    score = total(list(rows.values())).score
    return _ended(score, failed)


def _on_kind(arguments: argparse.Namespace) -> int:
    rows = {row.lab: row for row in on_kind.read(on_kind.PAGE)}
    kubernetes = node_image(Runtime()).partition("@")[0].rpartition(":")[2]
    failed = []
    for proof, day in _dated(arguments.files) if arguments.files else _run_on_kind(arguments.labs):
        row = on_kind.told(proof, kubernetes, day)
        rows[row.lab] = on_kind.better(rows.get(row.lab), row)
        told = row.proof if row.proven else "NOT proven"
        print(f"{row.lab:28} {told:11} {row.red:3} of {row.broken:3} red", flush=True)
        _say_why(proof)
        if not row.proven:
            failed.append(row.lab)
        ordered = [rows[lab.name] for lab in bundled() if lab.name in rows]
        on_kind.write(on_kind.PAGE, ordered)
    score = on_kind.score(list(rows.values()))
    return _ended(score, failed)


def _say_why(proof: dict[str, Any]) -> None:
    """What of a proof is not as it should be; broken states that stay green are on the page."""
    for told in filter(None, [proof["failure"], *proof["left"]]):
        print(f"    {told}", flush=True)
    for step in proof["steps"]:
        for part in step["parts"]:
            if not part["passed"] and part["what"] != MUTANT:
                where = f"{step['id']}: {part['what']} {part['name']}"
                print(f"    {where}: {part['seen']}. {part['detail']}", flush=True)


def _run_on_kind(names: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    for lab in [find(name) for name in names] or bundled():
        yield _proof(lab, "kind"), time.strftime("%Y-%m-%d")


def _dated(files: list[Path]) -> Iterator[tuple[dict[str, Any], str]]:
    """The labs of documents, with the day on which each was written."""
    for file in files:
        day = time.strftime("%Y-%m-%d", time.localtime(file.stat().st_mtime))
        yield from ((proof, day) for proof in _taken([file]))


def _run(names: list[str]) -> Iterator[dict[str, Any]]:
    for lab in [find(name) for name in names] or bundled():
        yield _proof(lab)


def _ended(score: float, failed: list[str]) -> int:
    print(f"{score:.1f} % turn red" + (f"; not proven: {', '.join(failed)}" if failed else ""))
    return 1 if failed or score < WANTED else 0


def _proof(lab: Lab, provider: str = "embedded") -> dict[str, Any]:
    return prove(lab, mutate=mutants.MOST, place=Place(provider)).as_data()


def _taken(files: list[Path]) -> Iterator[dict[str, Any]]:
    """The labs of the documents on the files' last lines."""
    for file in files:
        yield from json.loads(file.read_text().splitlines()[-1])["labs"]


if __name__ == "__main__":
    sys.exit(main())
