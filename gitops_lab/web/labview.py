"""The lab's step and progress as a fact. Imported late: a course brings pytest with it."""

from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from gitops_lab.course import Progress, Session
from gitops_lab.course.progress import FILE
from gitops_lab.lab import load
from gitops_lab.web.facts import LabFact, StepFact
from gitops_lab.workspace import Folder, Workspace

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARKDOWN.disable("image")  # nothing is fetched from outside


class LabView:
    """The lab of a workspace, seen with what this learner has done."""

    def __init__(self, home: Path, name: str) -> None:
        self._workspace = Workspace(Folder(home, name))
        path = self._workspace.lab_path
        self._lab = load(path) if path else None
        self._progress = Progress(self._kept(home))

    def _kept(self, home: Path) -> Path:
        """Where progress is kept; a show keeps its own, beside its clones."""
        clones = [Path(place).parent for place in self._workspace.record.clones.values()]
        return next((folder for folder in clones if (folder / FILE).exists()), home)

    @property
    def stamp(self) -> Any:
        """Changes when progress was made; costs one look at a file."""
        try:
            return self._progress.file.stat().st_mtime_ns
        except OSError:
            return 0

    def fact(self) -> LabFact:
        """The lab as it stands; one without a name where there is none. Raises GitOpsLabError."""
        if self._lab is None:
            return LabFact("", "", (), "")
        session = Session(self._lab, self._workspace, self._progress)
        record, current = session.record, session.current()
        steps = tuple(
            StepFact(
                step.id,
                session.view(step).title,
                record.step(step.id).passed,
                step is current and not record.step(step.id).passed,
            )
            for step in self._lab.steps
        )
        return LabFact(self._lab.name, self._lab.title, steps, html_of(session.view(current)))


def html_of(view: Any) -> Markup:
    """A step's text; HTML in it is shown as text."""
    parts = (("", view.intro), ("Predict", view.predict), ("Do", view.do))
    out = []
    for heading, text in parts:
        if text.strip():
            out.append(f"<h3>{escape(heading)}</h3>" if heading else "")
            out.append(_MARKDOWN.render(text))
    return Markup("".join(out))  # noqa: S704  the renderer escapes all HTML
