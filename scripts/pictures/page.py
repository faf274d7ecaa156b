"""Three pictures of the live page, taken by Chromium: a change is healed, a room watches, a release
fails.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from gitops_lab.workspace.notes import Notes, write_notes

ROOT = Path(__file__).resolve().parents[2]
LAB = [sys.executable, "-m", "gitops_lab.cli"]
SIZE = {"width": 1360, "height": 900}
_GIT = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


def take(into: Path) -> None:
    """Write page.png, page-class.png and page-broken.png."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        try:
            _run(place, "start", str(ROOT / "labs" / "02-first-sync"), "--yes")
            link = json.loads(_run(place, "open", "--json").splitlines()[-1])["page"]
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or shutil.which("chromium-browser")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                _pictures(place, browser, link, into)
                browser.close()
        finally:
            _run(place, "down")


def _pictures(place: Path, browser: Any, link: str, into: Path) -> None:
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.goto(link)
    page.wait_for_selector("#do-check")
    _commit(place, "deploy/configmap.yaml", "Hello from version one", "Hello", "Say hello")
    page.wait_for_selector("#graph .mark:has-text('live: web')")
    _run(place, "kubectl", "--", "--namespace", "web", "scale", "deployment/web", "--replicas=4")
    page.wait_for_selector("#feed .good:has-text('healed')")
    page.wait_for_selector(".node:has-text('Deployment') .info:has-text('2/2')")
    page.evaluate("document.getElementById('lab-text').open = false")
    page.screenshot(path=into / "page.png", animations="disabled")
    _room(place, page, link, into)
    _commit(place, "deploy/deployment.yaml", "gitops-lab/web:1.0", "gitops-lab/web:v1", "Release")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(".link.broken:has-text('health')", timeout=90_000)
    page.evaluate("document.getElementById('lab-text').open = false")
    page.screenshot(path=into / "page-broken.png", animations="disabled")


def _room(place: Path, page: Any, link: str, into: Path) -> None:
    """What a room sees while a lab is presented; then back to the page."""
    notes = Notes(
        chapter="Change the page with a commit",
        say="One line changes, in a file. Then commit and push; nobody touches the cluster.",
        command="git commit -a -m 'Say hello' && git push",
        watch="The commit appears. Then the chain, from left to right, each link with its time.",
    )
    root = place / "home" / "workspaces" / "first-sync"
    write_notes(root, notes)
    page.goto(link.replace("/?", "/class?"))
    page.wait_for_selector("#watch:has-text('The commit appears')")
    page.screenshot(path=into / "page-class.png", animations="disabled")
    (root / "present.json").unlink()
    page.goto(link)
    page.wait_for_selector("#do-check")


def _commit(place: Path, file: str, old: str, new: str, message: str) -> None:
    clone = place / "gitops-lab" / "first-sync" / "web"
    path = clone / file
    path.write_text(path.read_text().replace(old, new))
    for words in (["commit", "-qam", message], ["push", "-q"]):
        subprocess.run([*_GIT, *words], cwd=clone, check=True)


def _run(place: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*LAB, *arguments],
        cwd=place,
        env={**os.environ, "GITOPS_LAB_HOME": str(place / "home"), "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
