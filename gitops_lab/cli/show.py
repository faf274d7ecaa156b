"""Sessions, steps, verdicts and progress, for people and as documents."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitops_lab.cli.terminal import Terminal, in_shell

if TYPE_CHECKING:
    from gitops_lab.checks import Verdict
    from gitops_lab.cli.engines import Found
    from gitops_lab.course import (
        CheckResult,
        Done,
        LabProgress,
        LabStatus,
        Restored,
        Session,
        SolveResult,
        StepView,
        Story,
    )
    from gitops_lab.lab import Lab
    from gitops_lab.workspace import Workspace


_CLUSTERS = {
    "embedded": "The cluster is embedded: pods are processes here, and a push is seen at once.",
    "kind": "The cluster is Kubernetes itself, in a container; a push is seen at once.",
    "existing": "The cluster is yours, and what the lab made in it goes with `gitops-lab down`.",
}
"""What a learner should know of where the cluster comes from."""


def markdown(terminal: Terminal, text: str) -> None:
    """A piece of a lab's text."""
    if terminal.plain:
        terminal.say(text.strip())
        return
    from gitops_lab.cli import markdown as marked  # late: Rich's Markdown takes a tenth of a second

    marked.show(terminal.console, text.strip())


def started(terminal: Terminal, session: "Session", *, new: bool) -> None:
    """What there is now, and what to do."""
    lab = session.lab
    terminal.title(f"\n{lab.title}" if new else f"\n{lab.title}: as you left it")
    if new:
        terminal.say(lab.summary)
        before = [name for name in lab.needs.labs if not session.progress.lab(name).finished_at]
        if before:
            terminal.say(f"It goes on from what you learn in: {', '.join(before)}.", "dim")
    for name, place in session.workspace.record.clones.items():
        terminal.say(f"  your clone of {name:10} {place}")
    for name, url in addresses(session):
        terminal.say(f"  the app {name:16} {url}")
    terminal.say(f"\n{_CLUSTERS[session.workspace.record.provider]}", "dim")
    terminal.say(
        "Now: `gitops-lab next` shows the step, `gitops-lab open` the live page, "
        "`gitops-lab shell` opens a shell with kubectl, `gitops-lab check` judges."
    )


def runs(terminal: Terminal, where: str, lab: "Lab") -> None:
    """What somebody else's lab runs on this machine, before any of it does."""
    from gitops_lab.course.hands import command_of
    from gitops_lab.lab import Run

    terminal.say(f"{where} is not one of ours. `check` will run these files, as you, here:")
    for path in sorted(lab.folder.glob("checks/*.py")):
        terminal.say(f"  {path}")
    actions = [each for step in lab.steps for each in (*step.solution, *step.reset)]
    values = lab.example_parameters
    commands = [command_of(each, values) for each in actions if isinstance(each, Run)]
    if commands:
        terminal.say("`solve`, `reset` and `demo` will run these commands:")
    for line in (line for told in dict.fromkeys(commands) for line in told.splitlines()):
        terminal.say(f"  $ {line}")


def status(terminal: Terminal, session: "Session") -> None:
    """How the lab stands."""
    from gitops_lab.course import status_of

    state = status_of(session)
    running = "running" if state.running else f"not running: {', '.join(state.missing)}"
    terminal.title(f"{state.title}  ({state.workspace}, {running})")
    if not state.running:
        terminal.say(f"`gitops-lab start {state.lab}` brings it back as it was.")
    rows = [
        (a.name, a.sync, a.health, a.revision[:7], " ".join(a.urls), a.message) for a in state.apps
    ]
    rows += [_other(session, each) for each in _others(session, state)]
    if rows:
        terminal.table(("APP", "SYNC", "HEALTH", "REVISION", "ADDRESS", "MESSAGE"), rows)
    terminal.say()
    for number, step in enumerate(state.steps, 1):
        mark = "✓" if step.passed else ("→" if step.current else " ")
        terminal.say(f"  {mark} {number}. {step.title}")


def status_document(session: "Session") -> dict[str, Any]:
    """For --json."""
    from gitops_lab.course import status_of

    return status_of(session).as_data()


def _others(session: "Session", state: "LabStatus") -> "list[Found]":
    """The Apps of the engines that the lab speaks beside the one that serves its apps."""
    if not state.running or not session.workspace.record.engines:
        return []
    from gitops_lab.cli import engines

    served = session.workspace.engine
    found = [each for each in engines.list_all(session.workspace) if not each.is_native]
    return [each for each in found if not each.engine.startswith(served)]


def _other(session: "Session", found: "Found") -> tuple[str, str, str, str, str, str]:
    """A row of `status`: Argo CD and Flux may each have one of the same name."""
    from gitops_lab.course.status import urls_of

    view, urls = found.view, urls_of(session.world(), found.view.obj)
    name, status = f"{found.front.kind}/{view.name}", view.status
    revision = status.revision[:7]
    state = (str(status.sync), str(status.health.status), revision)
    return name, *state, " ".join(urls), status.message


def plain_workspace(terminal: Terminal, workspace: "Workspace") -> None:
    """A workspace without a lab."""
    missing = workspace.missing()
    state = "running" if not missing else f"not running: {', '.join(missing)}"
    terminal.title(f"{workspace.name}  ({state})")
    document = {"workspace": workspace.name, "running": not missing, "missing": missing}
    terminal.document({**document, "kubeconfig": str(workspace.kubeconfig)})


def addresses(session: "Session") -> list[tuple[str, str]]:
    """The lab's apps by name, each with where it answers, whichever engine serves it."""
    from gitops_lab.course import status_of
    from gitops_lab.course.status import urls_of

    state, world = status_of(session), session.world()
    found = [(app.name, url) for app in state.apps for url in app.urls]
    others = [each.view for each in _others(session, state)]
    return found + [(view.name, url) for view in others for url in urls_of(world, view.obj)]


class Verdicts:
    """Prints judged checks, one after the other.

    A red one says what was seen, what was expected, which link is broken, and what to do; where the
    one before has said the same, it says so instead.
    """

    def __init__(self, terminal: Terminal, *, verbose: bool = False) -> None:
        self._terminal = terminal
        self._verbose = verbose
        self._before: Verdict | None = None

    def __call__(self, verdict: "Verdict") -> None:
        """Print the next one."""
        if verdict.passed:
            self._terminal.say(f"  ✓ {verdict.name}", "green")
            return
        self._terminal.say(f"  ✗ {verdict.name}", "red")
        self._red(verdict)
        if self._verbose and verdict.trace:
            self._terminal.say(verdict.trace, "dim")
        self._before = verdict

    def _red(self, verdict: "Verdict") -> None:
        before = self._before
        sight, way = (verdict.seen, verdict.expected), (verdict.link, verdict.next, verdict.details)
        again = before is not None and (before.link, before.next, before.details) == way
        if before is not None and again and (before.seen, before.expected) == sight:
            self._terminal.say("      as above")
            return
        rows = [("seen", verdict.seen), ("expected", verdict.expected)]
        if again and verdict.next:
            rows.append(("next", "as above"))
        else:
            rows += [("link", verdict.link), ("next", verdict.next)]
        for label, text in rows:
            if text:
                self._terminal.say(f"      {label:9} {text}")
        for line in () if again else verdict.details:
            self._terminal.say(f"      {'':9} {line}", "dim")


def after_check(terminal: Terminal, session: "Session", result: "CheckResult") -> None:
    """What a judged step means for what comes next."""
    if not result.green:
        terminal.say(f"\nNot yet. `gitops-lab hint {result.step}` gives a hint.")
        return
    prediction = session.record.step(result.step).prediction
    if result.passed_now and prediction:
        terminal.say(f"\nYou had predicted: {prediction}")
    if result.passed_now:
        _parts(terminal, _learned(session.view(session.step(result.step))))
    if result.finished:
        quiz = "`gitops-lab quiz` asks a few questions, " if session.lab.quiz else ""
        terminal.say(
            f"\nThe whole lab is done. {quiz}`gitops-lab summary` tells it back to you.\n"
            "`gitops-lab stop` keeps it, `gitops-lab down` removes it."
        )
    elif result.passed_now:
        following = session.view(session.current())
        terminal.say(f"\nThis step is done. Next: {following.title} (`gitops-lab next`).")


def jumped(terminal: Terminal, solved: "Sequence[SolveResult]") -> None:
    """The steps that were solved on the way."""
    for each in solved:
        terminal.say(f"  ✓ solved for you: {each.step}", "green")


def story(terminal: Terminal, story: "Story") -> None:
    """A lab told back: each step with its commits, and the debrief."""
    ended = "done" if story.finished else "not finished yet"
    took = f", {story.minutes:.0f} min" if story.minutes >= 1 else ""
    terminal.title(f"{story.title}: {ended}{took}")
    for number, chapter in enumerate(story.chapters, 1):
        mark = "✓" if chapter.passed else " "
        facts = [f"{chapter.checks} checks", f"{chapter.hints} hints"]
        facts += ["solved for you"] if chapter.solved else []
        terminal.say(f"\n  {mark} {number}. {chapter.title}  ({', '.join(facts)})")
        if chapter.prediction:
            terminal.say(f"      you predicted: {chapter.prediction}", "dim")
        for line in chapter.commits:
            terminal.say(f"      {line.sha}  {line.repository}: {line.subject}")
    if story.quiz:
        terminal.say(f"\n  quiz: {sum(story.quiz.values())} of {len(story.quiz)} right")
    if story.measured:
        measured(terminal, story.lab, story.measured, story.before)
    if story.debrief:
        terminal.say()
        markdown(terminal, story.debrief)


def measured(
    terminal: Terminal, lab: str, after: Mapping[str, Any], before: Mapping[str, Any]
) -> None:
    """A lab's numbers, beside those of a lab that was done by hand."""
    labs = [each for each in (before, {"lab": lab, **after}) if each]
    rows = (
        ("time to recover", [_took(each["recover_s"]) for each in labs]),
        ("who wrote with credentials", [", ".join(each["holders"]) or "nobody" for each in labs]),
        ("writes that a commit explains", [_of(each) for each in labs]),
    )
    title = "Before and after, measured in your clusters" if before else "Measured in your cluster"
    terminal.title(f"\n{title}")
    terminal.table(("", *(each["lab"] for each in labs)), [(name, *each) for name, each in rows])


def _took(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.1f} s"


def _of(numbers: Mapping[str, Any]) -> str:
    return f"{numbers['explained']} of {numbers['writes']}"


def done(terminal: Terminal, done: "Done") -> None:
    """One action that was carried out."""
    terminal.say(f"  $ {done.command}", "bold")
    for line in done.output.splitlines():
        terminal.say(f"    {line}", "dim")


def step(terminal: Terminal, view: "StepView") -> None:
    """The text of a step. What it teaches comes when it is done: before, it would give it away."""
    terminal.title(f"Step {view.number} of {view.total}: {view.title}")
    from gitops_lab.lab.console import commands

    todo = (("", view.intro), ("Predict", view.predict), ("Do", view.do))
    _parts(terminal, (*todo, *_learned(view)) if view.passed else todo)
    terminal.say()
    if commands(view.do) and not in_shell() and not view.passed:
        terminal.say("Type the commands in `gitops-lab shell`: it opens in your clone.", "dim")
    if (view.why + view.at_work).strip() and not view.passed:
        terminal.say("Why that is so, and what it means at work, is told when the step is done.")
    if view.predict.strip() and not view.passed:
        terminal.say("`gitops-lab predict` keeps what you think will happen.", "dim")
    terminal.say("`gitops-lab check` judges it, `gitops-lab hint` helps.", "dim")


def _learned(view: "StepView") -> tuple[tuple[str, str], ...]:
    return ("Why", view.why), ("At work", view.at_work)


def _parts(terminal: Terminal, parts: Sequence[tuple[str, str]]) -> None:
    for heading, text in parts:
        if text.strip():
            terminal.say()
            if heading:
                terminal.title(heading)
            markdown(terminal, text)


def restored(terminal: Terminal, restored: "Restored") -> None:
    """What a reset did."""
    for repo, sha in restored.commits.items():
        terminal.say(f"  {repo}: a new commit {sha[:7]} brings the files back")
    for path in restored.saved:
        terminal.say(f"  saved aside: {path}")
    terminal.say(f"The step {restored.step} is as it was at its start.")
    if not restored.settled:
        terminal.say("The apps are not at rest yet; `gitops-lab status` says how they stand.")


def restored_document(restored: "Restored") -> dict[str, Any]:
    """For --json."""
    saved = [str(path) for path in restored.saved]
    return {"step": restored.step, "commits": dict(restored.commits), "saved": saved}


def progress(terminal: Terminal, labs: Mapping[str, "LabProgress"]) -> None:
    """What was done."""
    if labs:
        terminal.table(
            ("LAB", "STEPS PASSED", "CHECKS", "HINTS", "SOLVED FOR YOU"),
            [
                (
                    name,
                    sum(step.passed for step in record.steps.values()),
                    sum(step.checks for step in record.steps.values()),
                    sum(len(step.hints) for step in record.steps.values()),
                    sum(step.solved for step in record.steps.values()),
                )
                for name, record in labs.items()
            ],
        )


def progress_document(labs: Mapping[str, "LabProgress"]) -> list[dict[str, Any]]:
    """For --json."""
    return [
        {
            "lab": name,
            "finished": record.finished_at > 0,
            "startedAt": record.started_at,
            "finishedAt": record.finished_at,
            "quiz": dict(record.quiz),
            "measured": dict(record.measured),
            "steps": [
                {
                    "id": step_id,
                    "passed": step.passed,
                    "passedAt": step.passed_at,
                    "checks": step.checks,
                    "hints": list(step.hints),
                    "solved": step.solved,
                    "prediction": step.prediction,
                }
                for step_id, step in record.steps.items()
            ],
        }
        for name, record in labs.items()
    ]
