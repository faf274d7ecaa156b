"""A lab as a show: beats made from its own steps, solutions and demo notes. Nothing is printed.

Each beat has what to say, the command that does the same by hand, and what it waits for, which is
always a state and never a number of seconds.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gitops_lab.checks import PATIENCE, Verdict, World
from gitops_lab.checks.answers import fetch, url_of
from gitops_lab.checks.apps import short
from gitops_lab.checks.engines import others
from gitops_lab.checks.world import cluster_of, managed
from gitops_lab.course.hands import command_of
from gitops_lab.course.idle import wait_idle
from gitops_lab.course.resetting import tidy_clones
from gitops_lab.course.session import Session
from gitops_lab.errors import CheckFailed
from gitops_lab.kube import Object
from gitops_lab.lab import Action, Lab, Run, Step
from gitops_lab.lab.template import render

Kind = Literal["red", "act", "live", "green"]
Waiting = Callable[[str], None]
INFO = "/api/info"
_SHA = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


@dataclass(frozen=True)
class Beat:
    """One moment of the show.

    `kind` is red or green (a check that should be so), act (an action), or live (what the app
    answers now). `step` is the chapter. `watch` says what the audience should look at.
    """

    kind: Kind
    step: str
    title: str
    say: str
    command: str
    action: Action | None = None
    watch: str = ""


@dataclass(frozen=True)
class Played:
    """What came of a beat: lines to show, verdicts if it was a check, seconds it took."""

    beat: Beat
    lines: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    seconds: float = 0.0


def script(session: Session) -> list[Beat]:
    """All beats of a lab, in order, chapter by chapter."""
    return [beat for step in session.lab.steps for beat in _chapter(session, step)]


def fingerprint(lab: Lab) -> str:
    """Changes with everything of a lab that a show is made of."""
    told = repr([(step.id, step.title, step.demo, step.solution) for step in lab.steps])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def play(session: Session, beat: Beat, *, waiting: Waiting = lambda told: None) -> Played:
    """Play one beat and wait until it has taken effect.

    Raises `CheckFailed` when a check doesn't show the colour that the show needs.
    """
    begun = time.monotonic()
    if beat.action is not None:
        if beat.action is session.lab.step(beat.step).solution[0]:
            tidy_clones(session.hands)  # later ones may build on what is not pushed yet
        lines = _act(session, beat.action, waiting)
        return Played(beat, lines, seconds=time.monotonic() - begun)
    if beat.kind == "live":
        return Played(beat, tuple(_answers(session.world())), seconds=time.monotonic() - begun)
    return _judge(session, beat, begun)


def _chapter(session: Session, step: Step) -> Iterator[Beat]:
    values = session.workspace.parameters
    check = f"gitops-lab check {step.id}"
    notes, watch = step.demo, render(step.demo.watch, values).strip()
    before, after = render(notes.before, values), render(notes.after, values)
    yield Beat("red", step.id, step.title, before, check, watch=_RED)
    for action in step.solution:
        title = "By hand" if isinstance(action, Run) else "A commit"
        command, say = command_of(action, values), render(action.say, values)
        yield Beat("act", step.id, title, say, command, action, watch or _watch(action))
    url = next((url for _, url in _services(session.world())), "")
    if url:
        yield Beat("live", step.id, "Live", "", f"curl {url}{INFO}", watch=_LIVE)
    yield Beat("green", step.id, step.title, after, check, watch=_GREEN)


_RED = "The check is red: what was seen, what was expected, and which link of the chain that is."
_LIVE = "The app itself: its version, its colour and its text."
_GREEN = "The checks turn green."


def _watch(action: Action) -> str:
    """What to look at during an action of which the author says nothing."""
    if not isinstance(action, Run):
        return (
            f"A new commit in the repository {action.repo}. Then the chain, link by link: "
            "revision, render, plan, apply, health."
        )
    if action.argv[0] == "kubectl":
        return "The objects: what is changed past Git is marked, and then Git's word counts again."
    return "The line “What happened”, and the chain from commit to health."


def _act(session: Session, action: Action, waiting: Waiting) -> tuple[str, ...]:
    healed = _healings(session.world())
    done = session.hands.do(action)
    world = session.world()
    wait_idle(world, waiting=waiting)
    lines = [line for line in done.output.splitlines() if line.strip()]
    lines += [f"healed: {told}" for told in _healings(world)[len(healed) :]]
    return (*lines, *_states(world))


def _judge(session: Session, beat: Beat, begun: float) -> Played:
    result = session.check(beat.step, patience=0.0 if beat.kind == "red" else PATIENCE)
    if result.green != (beat.kind == "green"):
        seen = next((v.seen for v in result.verdicts if not v.passed), "everything as expected")
        raise CheckFailed(
            f"the checks of the step {beat.step} should be {beat.kind} here: {seen}.",
            hint=f"`gitops-lab reset {beat.step}` brings the step back to its start.",
        )
    return Played(beat, (), result.verdicts, time.monotonic() - begun)


def _states(world: World) -> Iterator[str]:
    for app in world.apps():
        status = app.get("status") or {}
        sync, health = status.get("sync") or {}, status.get("health") or {}
        revision = short(sync.get("revision", ""))
        name = app["metadata"]["name"]
        yield f"{name}: {sync.get('status')} at {revision}, {health.get('status')}"
    for obj in others(world):
        told = _told_by(obj.get("status") or {}).get(obj["resource"].rpartition("/")[2])
        if told:
            yield f"{obj['metadata']['name']}: {told}"


def _told_by(status: Mapping[str, Any]) -> dict[str, str]:
    """What another engine's resource says of itself, by its kind; shown as that engine shows it."""
    sync, health = status.get("sync") or {}, status.get("health") or {}
    conditions = status.get("conditions") or ()
    ready: Mapping[str, Any] = next((c for c in conditions if c.get("type") == "Ready"), {})
    message = _SHA.sub(r"\1", str(ready.get("message", "not looked at yet")))
    flux = f"Ready {ready.get('status', 'Unknown')}, {message}"
    revision = short(str(sync.get("revision", "")))
    return {
        "applications": f"{sync.get('status')} at {revision}, {health.get('status')} (Argo CD)",
        "kustomizations": f"{flux} (Flux)",
        "helmreleases": f"{flux} (Flux)",
    }


def _healings(world: World) -> list[str]:
    names = [app["metadata"]["name"] for app in world.apps()]
    return [str(event.get("message", "")) for name in names for event in world.healings(name)]


def _answers(world: World) -> Iterator[str]:
    for name, url in _services(world):
        try:
            info = json.loads(fetch(url + INFO).body)
            shown = {key: info[key] for key in ("version", "colour", "message")} | info["config"]
            told = ", ".join(f"{key} {text.strip()}" for key, text in shown.items())
        except (OSError, ValueError, KeyError, TypeError) as error:
            told = f"no answer: {error}"
        yield f"{name} at {url}: {told}"


def _services(world: World) -> Iterator[tuple[str, str]]:
    """Name and address of every Service of the apps that this machine can reach."""
    for app in world.apps():
        for entry in managed(app):
            if entry.key.kind == "Service" and not entry.key.group:
                service = _service(world, app, entry.key.namespace, entry.key.name)
                if service and url_of(service):
                    yield entry.key.name, url_of(service)


def _service(world: World, app: Object, namespace: str, name: str) -> Object | None:
    return world.find("v1/Service", name, namespace, cluster_of(app))
