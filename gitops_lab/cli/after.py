"""What comes beside and after the steps: watching, the quiz, the summary."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import show
from gitops_lab.cli.options import Json, WorkspaceName
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.course import CheckResult, Session
    from gitops_lab.lab import Question


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("quiz")(quiz)
    app.command("summary")(summary)


def watched(terminal: Terminal, session: "Session", step: str) -> "CheckResult":
    """Show verdicts as they change, until all are green or Ctrl+C."""
    from gitops_lab import course

    result = None
    terminal.say("Watching; Ctrl+C ends it.", "dim")
    try:
        for result in course.watch(session, step):
            terminal.say()
            tell = show.Verdicts(terminal)
            for verdict in result.verdicts:
                tell(verdict)
    except KeyboardInterrupt:
        terminal.say()
    return result or session.check(step, patience=0.0)


def quiz(
    answers: Annotated[
        str, typer.Option("--answers", metavar="1,3,2", help="Answers at once, without asking.")
    ] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """The lab's questions, with an explanation for whatever you pick."""
    from gitops_lab.cli.learn import session_of

    terminal, session = Terminal(json=json), session_of(workspace)
    questions = session.lab.quiz
    if not questions:
        raise UsageError(f"the lab {session.lab.name} has no quiz.", reason="NoQuiz")
    given = answers.split(",") if answers else []
    if given and len(given) != len(questions):
        raise UsageError(
            f"there are {len(questions)} questions, and {len(given)} answers.",
            reason="InvalidAnswers",
            hint="Separate them by commas, without spaces.",
        )
    for number, (answer, question) in enumerate(zip(given, questions, strict=bool(given)), 1):
        if answer not in _numbers(question):
            raise UsageError(
                f"{answer!r} is no answer of question {number}.",
                reason="InvalidAnswers",
                hint=f"It has 1 to {len(question.choices)}.",
            )
    told = []
    for number, question in enumerate(questions):
        told.append(_ask(terminal, session, question, given[number] if given else ""))
    terminal.say(f"\n{sum(told)} of {len(told)} right.")
    terminal.document({"lab": session.lab.name, "right": sum(told), "of": len(told)})


def _ask(terminal: Terminal, session: "Session", question: "Question", given: str) -> bool:
    from gitops_lab.lab.template import render

    values = session.workspace.parameters
    ask = render(question.ask, values)
    terminal.title(f"\n{ask}")
    for number, choice in enumerate(question.choices, 1):
        terminal.say(f"  {number}. {render(choice.say, values)}")
    numbers = _numbers(question)
    while given not in numbers:
        given = typer.prompt(f"Your answer (1 to {len(numbers)})", err=True).strip()
    choice = question.choices[int(given) - 1]
    mark, style = ("✓", "green") if choice.right else ("✗", "red")
    terminal.say(f"  {mark} {given}. {render(choice.why, values)}", style)
    session.answered(ask, right=choice.right)
    return choice.right


def _numbers(question: "Question") -> list[str]:
    return [str(number + 1) for number in range(len(question.choices))]


def summary(workspace: WorkspaceName = "", json: Json = False) -> None:
    """The lab as your own story: your commits, your predictions, what to take home."""
    from gitops_lab import course
    from gitops_lab.cli.learn import session_of

    terminal, session = Terminal(json=json), session_of(workspace)
    story = course.story_of(session)
    show.story(terminal, story)
    terminal.document(story.as_data())
