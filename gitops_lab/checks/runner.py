"""Runs a lab's checks: pytest in this process, silent, with nothing of the user's set-up."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gitops_lab.checks.expect import PATIENCE
from gitops_lab.checks.limit import LIMIT
from gitops_lab.checks.plugin import Judge, OnVerdict
from gitops_lab.checks.verdict import Verdict
from gitops_lab.checks.world import World
from gitops_lab.lab import Lab, Step

_LOCK = threading.Lock()
"""Pytest exchanges sys.stdout and fills sys.modules, so one run at a time."""

_WITHOUT = (
    *("cacheprovider", "doctest", "faulthandler", "junitxml", "logging", "pastebin"),
    *("setuponly", "setupplan", "stepwise", "terminal", "threadexception"),
    *("unraisableexception", "warnings", "debugging"),
)


def run(
    lab: Lab,
    step: Step | None,
    world: World,
    *,
    patience: float = PATIENCE,
    on_verdict: OnVerdict = lambda verdict: None,
    limit: float = LIMIT,
) -> list[Verdict]:
    """The verdicts of a step's checks, or of all steps', in order.

    `patience` is how long, in seconds, a red check waits while something still moves; 0 judges
    once. `on_verdict` is called with each verdict as it falls; what it raises is raised here when
    all are judged, and it is called no more. `limit` is how long, in seconds, any one of them may
    take.
    """
    steps = lab.steps if step is None else (step,)
    checks = dict.fromkeys(check for one in steps for check in one.checks)
    failures: list[Exception] = []

    def tell(verdict: Verdict) -> None:
        # Pytest takes what is raised in a hook, of a closed pipe for one, for a fault of its own.
        if not failures:
            try:
                on_verdict(verdict)
            except Exception as error:
                failures.append(error)

    judge = Judge(world, patience, tell, limit=limit)
    with _LOCK, _alone(lab.folder):
        pytest.main(_arguments(lab.folder, tuple(checks)), plugins=[judge])
    if failures:
        raise failures[0]
    return judge.verdicts or [_nothing(lab)]


def _arguments(folder: Path, checks: Sequence[str]) -> list[str]:
    return [
        *("-c", os.devnull, f"--rootdir={folder}", f"--confcutdir={folder}"),
        *("--import-mode=importlib", "--capture=sys", "--disable-plugin-autoload"),
        *(word for name in _WITHOUT for word in ("-p", f"no:{name}")),
        *(str(folder / "checks" / check) for check in checks),
    ]


def _nothing(lab: Lab) -> Verdict:
    return Verdict(
        name="checks",
        passed=False,
        seen="no check ran",
        expected="a verdict",
        next=f"This is a fault of the lab {lab.name}, not yours.",
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Without the user's options for pytest, without writing bytecode, and forgetting after."""
    kept = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    current = os.environ.get("PYTEST_CURRENT_TEST")
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = bytecode
        restored = {**kept, "PYTEST_CURRENT_TEST": current}
        os.environ.update({name: value for name, value in restored.items() if value is not None})
        _forget(folder)


def _forget(folder: Path) -> None:
    """Drop the lab's modules: another lab may have files of the same name, or these may change."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_relative_to(folder):
            del sys.modules[name]
