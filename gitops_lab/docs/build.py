"""Gather the pages, then let mkdocs build them strictly."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from gitops_lab.docs import checks, commands, fields, labs, mermaid, schema
from gitops_lab.kube import yamls

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "site"
GATHERED = ROOT / "build" / "docs"
PICTURES = ROOT / "build" / "pictures"
SCRIPT = "assets/mermaid.min.js"
OWN_SCRIPT = "assets/site.js"
_CONFIG = ROOT / "build" / "mkdocs.yml"
_ARGO_CD = """
What of Argo CD's resources is served by the workspace's engine, field by field. `[]` are the items
of a list, and `.*` is everything below. [How to use them](../run/argo-cd.md) is a page of its own.
"""
_FLUX = """
What of Flux's resources is served by the workspace's engine, field by field. `[]` are the items of
a list, and `.*` is everything below. [How to use them](../run/flux.md) is a page of its own.
"""
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
_STILL, _RECORDING = "assets/demo.svg", "assets/first-sync.svg"
_LINK = re.compile(r"\]\((?!https?:|#)([^)]+)\)")


def gather(*, diagrams: bool = True) -> None:
    """Put all that is to be read into build/docs; without diagrams nothing is fetched."""
    shutil.rmtree(GATHERED, ignore_errors=True)
    shutil.copytree(SOURCES, GATHERED)
    if PICTURES.is_dir():
        shutil.copytree(PICTURES, GATHERED / "assets", dirs_exist_ok=True)
    pages = {
        "index.md": _start(_from_the_root((ROOT / "README.md").read_text())),
        "contributing.md": _from_the_root((ROOT / "CONTRIBUTING.md").read_text()),
        "scripts.md": (ROOT / "scripts" / "README.md").read_text(),
        "teach/checks.md": checks.page(),
        "reference/command-line.md": commands.page(commands.all_help()),
        "reference/lab.md": schema.page(),
        "reference/argo-cd.md": fields.page("Argo CD's fields", _ARGO_CD, "argocd"),
        "reference/flux.md": fields.page("Flux's fields", _FLUX, "flux"),
        **labs.pages(),
    }
    for name, text in pages.items():
        page = GATHERED / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    for page in GATHERED.rglob("*.md"):
        page.write_text(_pictured(page, page.read_text()))
    _configure(with_mermaid=diagrams and mermaid.fetch(GATHERED / SCRIPT))


def _start(text: str) -> str:
    """The start page has the recording, where one was made, in the place of the still picture."""
    made = (GATHERED / _RECORDING).is_file()
    return text.replace(_STILL, _RECORDING) if made else text


def run(verb: str, *, diagrams: bool = True) -> int:
    """`build` or `serve` the gathered pages; mkdocs' exit code."""
    gather(diagrams=diagrams)
    extra = ["--clean"] if verb == "build" else []
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", verb, "--strict", "-f", str(_CONFIG), *extra],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=False,
    )
    return done.returncode


def _configure(*, with_mermaid: bool) -> None:
    """The checkout's configuration; Mermaid's script is named only where there is one."""
    added = f"extra_javascript: [{OWN_SCRIPT}, {SCRIPT}]\n" if with_mermaid else ""
    _CONFIG.write_text(
        f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: {GATHERED}\n"
        f"site_dir: {ROOT / 'build' / 'site'}\n{added}{_navigation()}"
    )


def _navigation() -> str:
    """The checkout's navigation, with the labs as paths; it stands at the end of mkdocs.yml."""
    text = (ROOT / "mkdocs.yml").read_text()
    entries = yamls.load(text[text.index("\nnav:") :])["nav"]
    nav = [{"Learn": labs.nav()} if "Learn" in entry else entry for entry in entries]
    return yamls.dump({"nav": nav})


def _pictured(page: Path, text: str) -> str:
    """A page's text; a picture that nobody has taken is told in words."""

    def shown(match: re.Match[str]) -> str:
        told, target = match.groups()
        if (page.parent / target).is_file():
            return match.group()
        return f"*{told}.* (A picture; `scripts/picture` takes it.)"

    return _PICTURE.sub(shown, text)


def _from_the_root(text: str) -> str:
    """README.md's links as seen from the site's root: `site/x.md` is `x.md` there."""

    def moved(match: re.Match[str]) -> str:
        target = match.group(1)
        if target.startswith("site/"):
            return f"]({target.removeprefix('site/')})"
        if target.startswith("labs/"):
            return "](labs/index.md)"
        return f"]({target.lower().replace('/readme', '')})"  # CONTRIBUTING.md, scripts/README.md

    return _LINK.sub(moved, text)
