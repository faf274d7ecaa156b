"""Run Kubernetes' own conformance tests against an embedded cluster, and hold what passes.

    scripts/conformance [--all] [--focus REGEX] [--list FILE] [--workers N] [--batch N]
                        [--seconds N] [--kubeconfig FILE] [--out FOLDER] [--record]

Without --all and --focus the tests of tests/conformance/passing.txt are run; the exit code is 1
when one of them fails. --record adds what newly passes to that list. The program with the tests
is built by `scripts/oracle build --only e2e.test`. The result, "N of 462", counts tests that pass;
it makes no cluster conformant.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.kube import yamls
from tests.clients.cluster import cluster

ROOT = Path(__file__).resolve().parents[2]
PASSING = ROOT / "tests" / "conformance" / "passing.txt"
SLOW = ROOT / "tests" / "conformance" / "slow.txt"
SLOW_SECONDS = 25
BATCH = 8
SECONDS_EACH = 5
OPTIONS = (
    "--provider=skeleton",
    "--disable-log-dump",
    "--dump-logs-on-failure=false",
    "--system-daemonsets-startup-timeout=1s",
    "--ginkgo.no-color",
    "--ginkgo.seed=1",
)


@dataclass(frozen=True)
class Result:
    """What one test came to: passed, failed or timed out, and in how many seconds."""

    name: str
    outcome: str
    seconds: float
    message: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


@dataclass(frozen=True)
class Runner:
    """The program, the cluster that it talks to, and where its reports go."""

    program: Path
    kubeconfig: Path
    out: Path
    seconds: int

    def run(self, number: int, names: Sequence[str]) -> list[Result]:
        """Run a batch of tests; one that hangs is cut off, and those after it are run anew."""
        results: dict[str, Result] = {}
        for attempt in range(len(names)):
            left = [name for name in names if name not in results]
            if not left:
                break
            found = self._process(self.out / f"batch-{number:03}-{attempt}", left)
            if not found:
                break
            results |= found
        return [results.get(name, Result(name, "not run", 0.0)) for name in names]

    def _process(self, report: Path, names: Sequence[str]) -> dict[str, Result]:
        report.mkdir(parents=True, exist_ok=True)
        exact = "|".join(re.escape(name).replace("/", "\\/") for name in names)
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *OPTIONS]
        command += [f"--kubectl-path={kubectl()}", f"--report-dir={report}"]
        limit = self.seconds + SECONDS_EACH * len(names)
        command += [f"--ginkgo.focus={exact}", f"--ginkgo.timeout={limit}s"]
        with (report / "log").open("wb") as log:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False, env=clean())
        reports = report.glob("junit*.xml")
        return {each.name: each for path in reports for each in read(path, names)}


@contextmanager
def own_cluster() -> Iterator[Path]:
    """An embedded cluster of two nodes for this run alone; its kubeconfig."""
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), nodes=2) as found:
        yield found.kubeconfig


def clean() -> dict[str, str]:
    """No proxy, no other cluster."""
    return {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}


def kubectl() -> Path:
    return Path(sys.executable).with_name("kubectl")


def read(path: Path, names: Sequence[str]) -> Iterable[Result]:
    """What a JUnit report says of the tests of these names; labels follow a name in it."""
    for case in ElementTree.parse(path).iter("testcase"):
        shown, outcome = case.get("name", "").removeprefix("[It] "), case.get("status", "")
        name = next((each for each in names if shown.startswith(each)), None)
        if name is not None and outcome != "skipped":
            problem = case.find("failure") if case.find("error") is None else case.find("error")
            text = "" if problem is None else " ".join((problem.text or "").split())
            yield Result(name, outcome, float(case.get("time", 0)), text)


def conformance_tests(program: Path) -> list[str]:
    """The names of all of Kubernetes' conformance tests."""
    shown = subprocess.run(
        [program, "--list-conformance-tests"], capture_output=True, text=True, check=True
    ).stdout
    ((document),) = yamls.load_all(shown)
    return sorted(" ".join(str(each["codename"]).split()) for each in document.obj)


def batches(names: Sequence[str], size: int) -> list[list[str]]:
    """Tests that must be alone come last, each of the rest in one of the batches."""
    return [list(names[at : at + size]) for at in range(0, len(names), size)]


def run_all(runner: Runner, names: Sequence[str], workers: int, size: int) -> list[Result]:
    """The parallel ones first, `workers` batches at a time; then those that say [Serial].

    Those that wait for minutes begin first, each by itself, so that none is waited for at the end.
    """
    alone = [name for name in names if "[Serial]" in name]
    slow = [name for name in listed(SLOW) if name in names]
    together = [name for name in names if name not in {*alone, *slow}]
    parts = [*batches(slow, 1), *batches(together, size)]
    results: list[Result] = []
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(runner.run, number, part) for number, part in enumerate(parts)]
        for done in as_completed(running):
            results += report(done.result())
    for number, part in enumerate(batches(alone, size), len(parts)):
        results += report(runner.run(number, part))
    return results


def once_more(runner: Runner, results: list[Result]) -> list[Result]:
    """The results with those of listed tests that failed replaced by a run of each alone.

    Tests wait for effects by the clock: on a machine that is busy one may come too late.
    """
    failed = {each.name for each in results if not each.passed} & set(listed())
    if not failed:
        return results
    print(f"once more, one at a time: {len(failed)} of the list that failed", flush=True)
    alone = Runner(runner.program, runner.kubeconfig, runner.out / "again", runner.seconds)
    again = run_all(alone, sorted(failed), workers=1, size=1)
    return [each for each in results if each.name not in failed] + again


def report(results: list[Result]) -> list[Result]:
    for each in results:
        print(f"{each.outcome:9} {each.seconds:6.1f}  {each.name}", flush=True)
    return results


def listed(path: Path = PASSING) -> list[str]:
    """The tests that a file names, by default those that have to pass."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


def record(results: Sequence[Result]) -> None:
    """Add what passed to the list; nothing is ever taken off it by this program.

    The slow ones of this run are told anew, the slowest first.
    """
    names = sorted({*listed(), *(each.name for each in results if each.passed)})
    head = "# Kubernetes' conformance tests (e2e.test v1.37.2) that pass on the embedded cluster.\n"
    PASSING.write_text(head + "".join(f"{name}\n" for name in names), encoding="utf-8")
    seconds = {each.name: each.seconds for each in results if each.passed}
    taken = {name: float("inf") for name in listed(SLOW)} | seconds  # what was not run stays
    slow = [name for name in taken if taken[name] >= SLOW_SECONDS and "[Serial]" not in name]
    slow.sort(key=lambda name: -taken[name])
    head = "# Those of passing.txt that take long, mostly waiting, the longest first.\n"
    SLOW.write_text(head + "".join(f"{name}\n" for name in slow), encoding="utf-8")


def program_path() -> Path:
    """Where scripts/oracle left the tests. Raises SystemExit with the command when it did not."""
    shown = subprocess.run(
        [sys.executable, ROOT / "scripts" / "oracle", "paths", "--only", "e2e.test"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    path = Path(shown.split()[1])
    if not path.exists():
        sys.exit("conformance: e2e.test is not built: run `scripts/oracle build --only e2e.test`")
    return path


def main() -> int:
    """Parse, run, print the count."""
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--focus", default="")
    parser.add_argument("--list", type=Path, help="file with the names of the tests to run")
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--kubeconfig", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args()
    program = program_path()
    everything = conformance_tests(program)
    names = everything if asked.all or asked.focus else listed(asked.list or PASSING)
    names = [name for name in names if re.search(asked.focus, name)]
    began = time.monotonic()
    with ExitStack() as stack:
        out = asked.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kubeconfig = asked.kubeconfig or stack.enter_context(own_cluster())
        runner = Runner(program, kubeconfig, out, asked.seconds)
        results = run_all(runner, names, asked.workers, asked.batch)
        results = once_more(runner, results)
    if asked.record:
        record(results)
    return conclude(results, len(everything), time.monotonic() - began, asked.out)


def conclude(results: Sequence[Result], total: int, seconds: float, out: Path | None) -> int:
    """Print the count and what failed; 1 when a listed test failed."""
    failed = [each for each in results if not each.passed]
    for each in failed:
        print(f"\nFAILED {each.name}\n  {each.outcome}: {each.message[:600]}")
    if out:
        (out / "results.json").write_text(json.dumps([vars(each) for each in results], indent=1))
    print(f"\n{len(results) - len(failed)} of {total} conformance tests pass", end="")
    print(f" ({len(results)} were run, in {seconds:.0f} s)")
    return int(bool({each.name for each in failed} & set(listed())))


if __name__ == "__main__":
    sys.exit(main())
