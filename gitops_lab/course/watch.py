"""`check --watch`: judge again when something has changed that a check may look at, and only then.

Objects are watched through the API; the repositories' branches by the times of their files, which
costs microseconds. The checks themselves run only after a change.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from gitops_lab.checks.world import managed
from gitops_lab.course.session import CheckResult, Session
from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.kube import Informer
from gitops_lab.kube.client import Client

CALM = 0.03
"""Seconds that a burst of changes is given to end, before the checks look."""
LOOK = 0.05
"""Seconds between two looks at the branches' files."""
ALWAYS = (
    (API_VERSION, KIND),
    ("v1", "ConfigMap"),
    ("v1", "Event"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
)
Stop = Callable[[], bool]


def watch(session: Session, name: str = "", *, stop: Stop = lambda: False) -> Iterator[CheckResult]:
    """A result at once, and another one whenever the verdicts change; ends when all is green.

    `stop` is asked a few times a second whether to end before that.
    """
    step = session.step(name)
    with _changes(session) as changed:
        before: tuple[Any, ...] | None = None
        while True:
            result = session.check(step.id, patience=0.0)
            told = tuple((v.name, v.passed, v.seen) for v in result.verdicts)
            if told != before:
                before = told
                yield result
            if result.green or not _wait(changed, stop):
                return


def _wait(changed: "queue.SimpleQueue[str]", stop: Stop) -> bool:
    """Wait for a change and for the burst around it to calm down; False when told to stop."""
    while not stop():
        try:
            changed.get(timeout=0.25)
        except queue.Empty:
            continue
        end = time.monotonic() + 5 * CALM
        while time.monotonic() < end:
            try:
                changed.get(timeout=CALM)
            except queue.Empty:
                break
        return True
    return False


@contextmanager
def _changes(session: Session) -> "Iterator[queue.SimpleQueue[str]]":
    """A queue that gets an entry for everything that changes while the block runs."""
    changed: queue.SimpleQueue[str] = queue.SimpleQueue()
    done = threading.Event()
    with ExitStack() as stack:
        for cluster in session.workspace.clusters:
            client = session.workspace.client(cluster)
            for api_version, kind in _kinds(session, client):
                informer = Informer(
                    client, api_version, kind, on_event=lambda *_, k=kind: changed.put(k)
                )
                informer.start()
                stack.callback(informer.stop)
        stack.callback(done.set)
        places = [session.workspace.repositories.path(n) for n in _repositories(session)]
        looker = threading.Thread(target=_look, args=(places, changed, done), daemon=True)
        looker.start()
        yield changed


def _kinds(session: Session, client: Client) -> list[tuple[str, str]]:
    """What a check may look at: the usual kinds, and every kind that an app manages."""
    world = session.world()
    kinds = dict.fromkeys(ALWAYS)
    for app in world.apps():
        kinds |= dict.fromkeys((entry.api_version, entry.key.kind) for entry in managed(app))
    served = {(r.group, r.kind) for r in client.resources()}
    return [(v, k) for v, k in kinds if (v.rpartition("/")[0], k) in served]


def _repositories(session: Session) -> list[str]:
    return session.workspace.repositories.names()


def _look(places: list[Path], changed: "queue.SimpleQueue[str]", done: threading.Event) -> None:
    before = [_times(place) for place in places]
    while not done.wait(LOOK):
        now = [_times(place) for place in places]
        if now != before:
            before = now
            changed.put("branch")


def _times(place: Path) -> list[tuple[str, int]]:
    """When the branches of a bare repository changed."""
    files = [place / "packed-refs", *(place / "refs" / "heads").rglob("*")]
    found = []
    for file in files:
        try:
            found.append((str(file), file.stat().st_mtime_ns))
        except OSError:  # there is none, or a branch is being replaced
            continue
    return sorted(found)
