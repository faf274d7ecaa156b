"""The page in pieces: each has an id, and is sent again when its HTML has changed."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from gitops_lab.web import view
from gitops_lab.web.facts import AppFact, PassFact, State
from gitops_lab.web.view import Looking

_TEMPLATES = Path(__file__).with_name("templates")
WORDS = {"broken": "broken", "waits": "waits", "done": "holds", "open": "not reached"}


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that stands on its own; `mark` changes when it does."""

    id: str
    html: Markup
    mark: str


def _fragment(id_: str, tag: str, html: str, attributes: str = "") -> Fragment:
    """Only our own words may be given as tag and attributes; `html` is a template's."""
    mark = f"{zlib.crc32(html.encode('utf-8', 'replace')):08x}"
    start = f'<{tag} id="{escape(id_)}" data-mark="{mark}"{attributes}>'
    return Fragment(id_, Markup(f"{start}{html}</{tag}>"), mark)  # noqa: S704


@lru_cache(maxsize=1)
def templates() -> jinja2.Environment:
    """The templates, compiled once: that takes 0.1 s."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {
        "words": WORDS,
        "clock": view.clock,
        "took": view.took,
        "elapsed": view.elapsed,
        "slug": slug,
    }
    for name in made.list_templates():
        made.get_template(name)
    return made


class Painter:
    """Renders states. The rows of Apps that did not change are not rendered again."""

    def __init__(self, base: str, form: str) -> None:
        self._common = {"base": base, "form": form}
        self._row = lru_cache(maxsize=1024)(self._paint_row)

    def page(self, name: str, **values: Any) -> str:
        """A whole page."""
        return self._render(name, **values)

    def pieces(self, state: State, looking: Looking) -> Iterator[Fragment]:
        """Everything that changes by itself, in the order of the page; rows of Apps apart."""
        app = view.chosen(state, looking)
        broken = view.broken_of(state, app) if app else None
        drift = _drift(state, app) if app else None
        links = view.chain(state, app) if app else []
        yield self._piece(
            "chain", "section", "chain.html", app=app, links=links, broken=broken, last=drift
        )
        yield self._piece(
            "tree",
            "section",
            "tree.html",
            app=app,
            nodes=view.tree(state, app) if app else [],
            looking=Looking(app.id if app else "", looking.node, looking.tab, looking.at),
        )
        graphs = [(repo.name, view.graph(state, repo)) for repo in state.repos]
        yield self._piece("graph", "section", "graph.html", repos=graphs)
        yield self._piece(
            "lab", "section", "lab.html", lab=state.get("lab"), outcome=state.get("outcome")
        )
        yield self._piece("watch", "section", "watch.html", notes=state.get("notes"))
        feed = list(reversed(state.get("feed") or ()))[:20]
        yield self._piece("feed", "section", "feed.html", feed=feed, looking=looking)

    def rows(self, state: State, looking: Looking) -> Iterator[Fragment]:
        """A piece for each App."""
        current = view.chosen(state, looking)
        for app in state.apps:
            yield self._row(app, app is current, looking.at)

    def apps(self, state: State, looking: Looking) -> Fragment:
        """The list of Apps as a whole, for when Apps came or went."""
        rows = {fragment.id: fragment for fragment in self.rows(state, looking)}
        columns = [
            (cluster, [rows[row_id(app)].html for app in apps])
            for cluster, apps in view.clusters(state)
        ]
        html = self._render("apps.html", columns=columns, count=self.count(state).html)
        return _fragment("apps", "section", html, ' aria-labelledby="apps-title"')

    def count(self, state: State) -> Fragment:
        """How many of the Apps are well."""
        fine = sum(1 for app in state.apps if not app.broken)
        text = f"{fine} of {len(state.apps)} are as Git says, and well."
        return _fragment("count", "p", text, ' class="count"')

    def title(self, state: State, otherwise: str) -> Fragment:
        """The lab's title, once it has been read."""
        lab = state.get("lab")
        text = lab.title if lab and lab.name else otherwise
        return _fragment("title", "h1", str(escape(text)))

    def _paint_row(self, app: AppFact, current: bool, at: float) -> Fragment:
        query = Looking(app=app.id, at=at).query()
        html = self._render("row.html", app=app, current=current, query=query)
        return _fragment(row_id(app), "li", html, ' class="row"')

    def _piece(self, id_: str, tag: str, template: str, **values: Any) -> Fragment:
        labelled = f' aria-labelledby="{id_}-title"'
        return _fragment(id_, tag, self._render(template, **values), labelled)

    def _render(self, template: str, **values: Any) -> str:
        return templates().get_template(template).render({**self._common, **values})


def row_id(app: AppFact) -> str:
    """The id of an App's row."""
    return f"app-{slug(app.id)}"


def slug(text: str) -> str:
    """A text as part of an element's id: letters, digits and marks that need no escape."""
    return "".join(
        c if c.isascii() and (c.isalnum() or c in "-.") else f"_{ord(c):x}" for c in text
    )


def _drift(state: State, app: AppFact) -> PassFact | None:
    found: PassFact | None = state.get("pass", app.id)
    return found
