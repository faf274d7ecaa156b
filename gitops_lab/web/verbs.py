"""The buttons. Those of an App call what the command line calls; those of the lab run it.

A check is pytest with somebody's code in it, so it belongs in a process of its own.
"""

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gitops_lab.engine import ops
from gitops_lab.errors import GitOpsLabError, WorkspaceError
from gitops_lab.web.board import Board
from gitops_lab.web.facts import AppFact, OutcomeFact
from gitops_lab.web.observe import Scene

log = logging.getLogger(__name__)

LAB = ("check", "hint", "reset")
APP = ("sync", "suspend", "resume")
_SECONDS = 180.0
_KEY = ("outcome",)


class Verbs:
    """Does one thing after the other, and tells the board what came of it."""

    def __init__(self, scene: Scene, board: Board) -> None:
        self._scene = scene
        self._board = board
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="page-verbs")

    def ask(self, verb: str, app: AppFact | None) -> bool:
        """Begin; False when there is no such verb, or no App for it."""
        if verb in LAB:
            self._worker.submit(self._run, verb, self._lab, verb)
        elif verb in APP and app is not None and verb in app.verbs:
            self._worker.submit(self._run, f"{verb} {app.name}", self._app, verb, app)
        else:
            return False
        return True

    def stop(self) -> None:
        """Begin nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _run(self, told: str, call: Any, *arguments: Any) -> None:
        self._tell(OutcomeFact(told, "is being done …", running=True))
        try:
            self._tell(call(*arguments))
        except GitOpsLabError as error:
            self._tell(OutcomeFact(told, error.paragraph(), good=False))
        except Exception as error:
            log.exception("%s failed", told)
            self._tell(OutcomeFact(told, f"failed: {error}", good=False))

    def _tell(self, outcome: OutcomeFact) -> None:
        self._board.put({_KEY: outcome})

    def _app(self, verb: str, app: AppFact) -> OutcomeFact:
        if app.engine:
            return self._other_engine(verb, app)
        client = self._scene.home
        view = ops.find_app(client, app.name, app.namespace)
        told = f"{verb} {app.name}"
        if verb != "sync":
            ops.set_suspended(client, view, verb == "suspend")
            left = "new commits and drift are left alone" if verb == "suspend" else "taken up again"
            return OutcomeFact(told, f"{left}.")
        done = ops.wait_handled(client, view, ops.request_sync(client, view))
        if done is None:
            return OutcomeFact(told, "not done after 60 s.", good=False)
        return OutcomeFact(told, done.status.message, good=not done.status.failed)

    def _other_engine(self, verb: str, app: AppFact) -> OutcomeFact:
        """As the command line asks it, in that engine's own way."""
        done = self._run_command("app", verb, app.name, "--namespace", app.namespace)
        text = done.stdout.strip() or done.stderr.strip() or "no answer"
        return OutcomeFact(f"{verb} {app.name}", text[-500:], good=done.returncode == 0)

    def _lab(self, verb: str) -> OutcomeFact:
        done = self._run_command(verb, "--json")
        try:
            document = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            return OutcomeFact(verb, done.stderr.strip()[-500:] or "no answer", good=False)
        return _outcome(verb, document)

    def _run_command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of ours about this workspace. Raises WorkspaceError when it takes too long."""
        command = [sys.executable, "-m", "gitops_lab.cli", *words]
        try:
            return subprocess.run(
                [*command, "--workspace", self._scene.name],
                env=self._scene.environment,
                cwd=self._scene.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkspaceError(f"not done after {_SECONDS:.0f} s.", reason="TooSlow") from error


def _outcome(verb: str, document: dict[str, Any]) -> OutcomeFact:
    if verb == "hint":
        return OutcomeFact(verb, f"{document['number']} of {document['total']}: {document['hint']}")
    if verb == "reset":
        return OutcomeFact(verb, f"the step {document['step']} is as it was at its start.")
    checks = tuple(document["checks"])
    passed = sum(1 for check in checks if check["passed"])
    text = f"{passed} of {len(checks)} green, step {document['step']}"
    return OutcomeFact(verb, text, bool(document["green"]), checks=checks)
