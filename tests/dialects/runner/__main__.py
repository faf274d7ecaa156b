"""`scripts/dialects`: build the genuine controllers, record what they do, compare ours with it."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.dialects.runner import programs, report
from tests.dialects.runner.case import ENGINES, Case, by_setup, load, write_slow
from tests.dialects.runner.compare import Comparison, load_known
from tests.dialects.runner.genuine import genuine, versions
from tests.dialects.runner.play import Recording
from tests.dialects.runner.playing import playing
from tests.dialects.runner.record import Outcome, expected_of, play_all, write_expected

TOGETHER = 8
"""Cases at a time on the genuine controllers."""


def main() -> int:
    """Parse and dispatch."""
    parser = argparse.ArgumentParser(prog="scripts/dialects", description=__doc__)
    parser.add_argument("command", choices=["build", "paths", "record", "compare", "run"])
    parser.add_argument("--engine", choices=ENGINES, default="")
    parser.add_argument(
        "--case", action="append", default=[], help="name, or start of names with *"
    )
    parser.add_argument("--only", action="append", choices=[p.name for p in programs.PROGRAMS])
    parser.add_argument("--new", action="store_true", help="record only what was not recorded")
    parser.add_argument(
        "--page", action="store_true", help="write the page of the site, and slow.txt"
    )
    parser.add_argument("--folder", type=Path, help="where logs are kept")
    asked = parser.parse_args()
    if asked.command in ("build", "paths"):
        return _programs(asked)
    return {"record": _record, "compare": _compare, "run": _run}[asked.command](asked)


def _programs(asked: argparse.Namespace) -> int:
    for program in programs.PROGRAMS:
        if asked.only and program.name not in asked.only:
            continue
        if asked.engine and program not in programs.ENGINES[asked.engine]:
            continue
        if asked.command == "build":
            programs.build(program)
        missing = "" if program.path.exists() else " (missing)"
        print(f"{program.name} {program.version} {program.path}{missing}")
    return 0


def _record(asked: argparse.Namespace) -> int:
    """Play on the genuine controllers, and keep what came out as expected."""
    cases = _cases(asked)
    if asked.new:
        cases = [case for case in cases if not case.expected_file.exists()]
    failed = 0
    for outcome in _genuine(cases, asked):
        if outcome.problem:
            failed += 1
            print(f"FAILED {outcome.problem}\n")
        else:
            write_expected(outcome)
    print(f"{len(cases) - failed} of {len(cases)} recorded")
    return 1 if failed else 0


def _compare(asked: argparse.Namespace) -> int:
    """Play ours, and compare with what was recorded."""
    cases = [case for case in _cases(asked) if case.expected_file.exists()]
    return _judge({case.name: expected_of(case) for case in cases}, cases, asked)


def _run(asked: argparse.Namespace) -> int:
    """Play both, and compare; what was recorded earlier is left alone, and its changes are told."""
    cases = _cases(asked)
    expected: dict[str, list[Recording]] = {}
    changed = []
    for outcome in _genuine(cases, asked):
        name = f"{outcome.case.engine}/{outcome.case.name}"
        if outcome.problem:
            print(f"FAILED on the genuine controllers: {outcome.problem}\n")
            changed.append(name)
        expected[outcome.case.name] = outcome.steps
        if not outcome.problem and outcome.steps != expected_of(outcome.case):
            changed.append(name)
    if changed:
        print(f"The genuine controllers do not as recorded in: {', '.join(changed)}\n")
    return _judge(expected, cases, asked)


def _genuine(cases: Sequence[Case], asked: argparse.Namespace) -> list[Outcome]:
    found = []
    for number, (setup, group) in enumerate(by_setup(cases)):
        folder = _folder(asked, f"genuine-{number}")
        with genuine(folder, _engines(group), setup) as backend:
            found += play_all(group, backend, together=TOGETHER)
    return found


def _judge(
    expected: dict[str, list[Recording]], cases: Sequence[Case], asked: argparse.Namespace
) -> int:
    known = load_known()
    folder = _folder(asked, "ours")
    with playing(cases, folder, lambda case: expected[case.name], known) as played:
        found = [played.found(case) for case in cases]
    _print(found)
    seen = {why for each in found for why in each.known}
    if not (asked.case or asked.engine):
        for each in known:
            if each.why not in seen:
                print(f"equal now, take it out of known.yaml: {each.case}: {each.why}")
    if asked.page:
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        named = {engine: versions(engine) for engine in ENGINES}
        report.PAGE.write_text(report.page(found, named, day))
        write_slow({each.outcome.case.name: each.outcome.seconds for each in found})
    return 1 if any(each.unknown for each in found) else 0


def _print(found: Sequence[Comparison]) -> None:
    for each in found:
        if each.unknown:
            print(f"{each.name}:")
            for line in each.unknown:
                print(f"  {line}")
        elif each.before:
            print(f"{each.name}: as expected when it was played once more, alone; before that:")
            for line in each.before:
                print(f"  {line}")
    print(report.summary(found))


def _cases(asked: argparse.Namespace) -> list[Case]:
    cases = load(asked.engine)
    if not asked.case:
        return cases
    found = [case for case in cases if any(_named(case.name, each) for each in asked.case)]
    if not found:
        raise programs.ProgramMissing(f"no case is called {json.dumps(asked.case)}.")
    return found


def _named(name: str, asked: str) -> bool:
    return name.startswith(asked[:-1]) if asked.endswith("*") else name == asked


def _engines(cases: Sequence[Case]) -> list[str]:
    return [engine for engine in ENGINES if any(case.engine == engine for case in cases)]


def _folder(asked: argparse.Namespace, name: str) -> Path:
    base = asked.folder or Path(tempfile.mkdtemp(prefix="gitops-lab-dialects-"))
    folder: Path = base / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    try:
        sys.exit(main())
    except programs.ProgramMissing as problem:
        sys.exit(f"dialects: {problem}")
