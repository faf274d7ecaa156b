"""The learner's commands: list, start, status, check, hint, solve, reset, next, open, stop …"""

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import after, language, show
from gitops_lab.cli.choose import chosen, chosen_running
from gitops_lab.cli.existing import existing_options, with_definitions, with_nodes
from gitops_lab.cli.follow import followed
from gitops_lab.cli.options import (
    ENGINES,
    TIMINGS,
    Context,
    Engine,
    InstallCrds,
    Json,
    Kubeconfig,
    Nodes,
    Provider,
    Timing,
    WorkspaceName,
    Yes,
    YesReally,
    checked,
)
from gitops_lab.cli.terminal import Terminal
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.course import Session
    from gitops_lab.lab import Lab
    from gitops_lab.lab.catalogue import Catalogue

StepName = Annotated[str, typer.Argument(metavar="[STEP]", help="A step's id or number.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program, in the order in which a learner needs them."""
    app.command("list")(list_)
    for command in (start, status, predict, check, hint, solve, reset):
        app.command(command.__name__)(command)
    app.command("next")(next_)
    app.command("open")(open_)
    app.command("stop")(stop)
    after.register(app)
    app.command("progress")(progress)


def list_(json: Json = False) -> None:
    """The labs, and which ones you have done."""
    from gitops_lab.course import Progress
    from gitops_lab.lab import bundled, catalogue
    from gitops_lab.workspace import default_home

    terminal, home = Terminal(json=json), default_home()
    records = Progress(home).labs()
    labs = [language.spoken(lab) for lab in bundled(home / "known")]
    heading, unit = ("TIME", " min") if terminal.plain else ("MIN", "")  # 80 columns hold the rest
    rows = []
    for lab in labs:
        record = records.get(lab.name)
        passed = sum(record.step(step.id).passed for step in lab.steps) if record else 0
        rows.append(
            (lab.name, lab.level, f"{lab.minutes}{unit}", f"{passed}/{len(lab.steps)}", lab.title)
        )
    terminal.table(("NAME", "LEVEL", heading, "STEPS", "TITLE"), rows)
    for each in catalogue.catalogues(home):
        terminal.say(f"\nOf the catalogue {each.name}: {', '.join(_names(each))}")
    terminal.say(
        "\nBegin with `gitops-lab start NAME`, or watch one: `gitops-lab demo NAME`.", "dim"
    )
    terminal.document(
        [{"name": lab.name, "title": lab.title, "summary": lab.summary} for lab in labs]
    )


def _names(installed: "Catalogue") -> list[str]:
    return [f"{installed.name}/{lab}" for lab in installed.labs]


def start(
    lab: Annotated[
        str, typer.Argument(metavar="LAB", help="A name of `list`, a folder, or git+URL.")
    ],
    workspace: Annotated[
        str, typer.Option("--workspace", metavar="NAME", help="Its name; the lab's otherwise.")
    ] = "",
    provider: Provider = "embedded",
    yes: Yes = False,
    json: Json = False,
    *,
    step: Annotated[
        str, typer.Option("--step", metavar="STEP", help="Begin there; what is before is solved.")
    ] = "",
    context: Context = "",
    kubeconfig: Kubeconfig = None,
    install_crds: InstallCrds = False,
    yes_really: YesReally = False,
    engine: Engine = "builtin",
    timing: Timing = "lab",
    nodes: Nodes = 1,
) -> None:
    """Start a lab, or go on with it where you were."""
    from gitops_lab.course import Options, Session
    from gitops_lab.workspace import default_home

    terminal = Terminal(json=json)
    found = language.spoken(found_lab(lab, terminal, yes=yes))
    if told := found.unserved(checked(engine, ENGINES, "--engine")):
        terminal.say(told, "yellow")
    named = existing_options(terminal, provider, context, kubeconfig, sure=yes_really)
    options = Options(
        workspace=workspace,
        engine=engine,
        timing=checked(timing, TIMINGS, "--timing"),
        provider=provider,
        provider_options=with_nodes(with_definitions(named, install_crds), provider, nodes),
    )
    session, new = Session.start(found, options, home=default_home(), report=terminal.step)
    if step:
        show.jumped(terminal, session.jump(step, waiting=terminal.waiting))
    show.started(terminal, session, new=new)
    terminal.document(show.status_document(session))


def status(
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Go on, and say each step of the chain as it comes."),
    ] = False,
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """What runs, how the apps stand, where you are in the lab."""
    terminal = Terminal(json=json)
    found = chosen_running(workspace) if watch else chosen(workspace)
    if found.lab_path is None:
        show.plain_workspace(terminal, found)
    else:
        session = session_of(workspace)
        show.status(terminal, session)
        terminal.document(show.status_document(session))
    if watch:
        followed(terminal, found)


def predict(
    text: Annotated[str, typer.Argument(help="What you think; asked for otherwise.")] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """Keep what you think will happen in this step; you see it again when the step is done."""
    terminal, session = Terminal(json=json), session_of(workspace)
    step = session.step()
    if not text:
        show.markdown(terminal, session.view(step).predict)
        text = typer.prompt("\nWhat do you think", err=True)
    session.predict(text, step.id)
    terminal.say("Kept. Now do it, and see.")
    terminal.document({"step": step.id, "prediction": text})


def check(
    step: StepName = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Judge again after every change, until all is green.")
    ] = False,
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """Judge a step: what is right, what is not, which link is broken, what to do next."""
    terminal = Terminal(json=json)
    session = session_of(workspace)
    verbose = "-v" in sys.argv or "--verbose" in sys.argv
    if watch:
        result = after.watched(terminal, session, step)
    else:
        result = session.check(step, on_verdict=show.Verdicts(terminal, verbose=verbose))
    show.after_check(terminal, session, result)
    terminal.document(result.as_data())
    if not result.green:
        raise typer.Exit(1)


def hint(step: StepName = "", workspace: WorkspaceName = "", json: Json = False) -> None:
    """A hint for the step, which depends on what is wrong now."""
    terminal = Terminal(json=json)
    result = session_of(workspace).hint(step)
    terminal.title(f"Hint {result.number} of {result.total} for the step {result.step}")
    show.markdown(terminal, result.text)
    if result.solved_already:
        terminal.say("\nThe step's checks are green already.", "dim")
    document = {"step": result.step, "hint": result.text, "number": result.number}
    terminal.document({**document, "total": result.total})


def solve(step: StepName = "", workspace: WorkspaceName = "", json: Json = False) -> None:
    """Carry out the step's solution in your clone, and check it."""
    terminal = Terminal(json=json)
    session = session_of(workspace)
    result = session.solve(step, waiting=terminal.waiting)
    for path in result.saved:
        terminal.say(f"  saved aside: {path}")
    for done in result.done:
        show.done(terminal, done)
    tell = show.Verdicts(terminal)
    for verdict in result.check.verdicts:
        tell(verdict)
    show.after_check(terminal, session, result.check)
    terminal.document({"step": result.step, **result.check.as_data()})
    if not result.check.green:
        raise typer.Exit(1)


def reset(step: StepName = "", workspace: WorkspaceName = "", json: Json = False) -> None:
    """Bring a step back to its start, by a commit; what you had not committed is saved."""
    terminal = Terminal(json=json)
    session = session_of(workspace)
    restored = session.reset(step, waiting=terminal.waiting)
    show.restored(terminal, restored)
    terminal.document(show.restored_document(restored))


def next_(
    step: Annotated[
        str, typer.Argument(metavar="[STEP]", help="Jump there; what is before is solved.")
    ] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """What to do now."""
    terminal = Terminal(json=json)
    session = session_of(workspace)
    if step:
        show.jumped(terminal, session.jump(step, waiting=terminal.waiting))
    view = session.view(session.step(step)) if step else session.next()
    show.step(terminal, view)
    terminal.document(vars(view))


def open_(
    workspace: WorkspaceName = "",
    app: Annotated[bool, typer.Option("--app", help="The lab's app instead of the page.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the address only.")] = False,
    json: Json = False,
) -> None:
    """Open the live page in a browser: the loop from commit to health, as it goes round.

    With --app, the lab's app; --print prints its address.
    """
    terminal = Terminal(json=json)
    found = chosen_running(workspace)
    page = found.page_link()
    told = show.addresses(session_of(workspace)) if found.lab_path else []
    urls = [url for _, url in told]
    if (app or only_print) and not urls:
        raise UsageError(
            "no app has an address yet.",
            reason="NoAddress",
            hint="`gitops-lab status` says how the apps stand.",
        )
    wanted = urls[0] if app or only_print else page
    if wanted == page:
        _wake(page)
    terminal.say(wanted)
    if not only_print and not json:
        import webbrowser

        webbrowser.open(wanted)
    terminal.document({"url": urls[0] if urls else "", "urls": urls, "page": page})


def _wake(page: str) -> None:
    """Ask for the page as a browser does: it is asleep until then.

    The browser itself is served from what was read and painted for us.
    """
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    address = urlsplit(page)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    with contextlib.suppress(OSError, HTTPException), contextlib.closing(connection):
        connection.request("GET", f"{address.path}?{address.query}")
        welcome = connection.getresponse()
        welcome.read()
        cookie = welcome.getheader("Set-Cookie", "").partition(";")[0]
        connection.request("GET", address.path, headers={"Cookie": cookie})
        connection.getresponse().read()


def stop(workspace: WorkspaceName = "") -> None:
    """Stop the workspace; everything stays as it is."""
    from gitops_lab import workspace as workspaces

    found = chosen(workspace)
    workspaces.stop(found)
    again = f"start {found.lab_name}" if found.lab_name else f"up {found.name}"
    Terminal().say(f"The workspace {found.name!r} is stopped. `gitops-lab {again}` goes on.")


def progress(json: Json = False) -> None:
    """What you have done, in every lab."""
    from gitops_lab.course import Progress
    from gitops_lab.workspace import default_home

    terminal, records = Terminal(json=json), Progress(default_home())
    labs = records.labs()
    if records.notice:
        terminal.say(records.notice, "yellow")
    if not labs:
        terminal.say("Nothing yet. `gitops-lab list` shows the labs.")
    show.progress(terminal, labs)
    terminal.document(show.progress_document(labs))


def session_of(workspace: str) -> "Session":
    """The learner's session in a workspace."""
    from gitops_lab.course import Session
    from gitops_lab.workspace import default_home

    session = Session.open(chosen(workspace).name, home=default_home())
    session.lab = language.spoken(session.lab)
    return session


def found_lab(name: str, terminal: Terminal, *, yes: bool) -> "Lab":
    """The lab of that name, folder or Git URL. A foreign lab is code, so it is asked for once."""
    from gitops_lab import lab as labs
    from gitops_lab.lab import catalogue, foreign
    from gitops_lab.workspace import default_home

    if installed := catalogue.folder_of(name, default_home()):
        return labs.load(installed)  # what is in it was shown when it was installed
    fetched = None
    if name.startswith(foreign.PREFIX):
        fetched = foreign.fetch(name, default_home())
        name = str(fetched.folder)
    lab = labs.find(name)
    if lab.folder in labs.bundled_folders() or yes:
        return lab
    if fetched and foreign.agreed(fetched, default_home()):
        return lab
    where = f"{fetched.url} at {fetched.commit[:7]}" if fetched else str(lab.folder)
    show.runs(terminal, where, lab)
    if not typer.confirm("Run it?", default=False, err=True):
        raise typer.Exit(2)
    if fetched:
        foreign.agree(fetched, default_home())
    return lab
