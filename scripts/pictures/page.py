"""Two pictures of the live page, taken by Chromium while a change is healed and a release fails."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "site" / "assets"
LAB = [sys.executable, "-m", "gitops_lab.cli"]
SIZE = {"width": 1360, "height": 900}
_GIT = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


def take() -> None:
    """Write site/assets/page.png and page-broken.png."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        try:
            _run(place, "start", str(ROOT / "labs" / "02-first-sync"), "--yes")
            link = json.loads(_run(place, "open", "--json").splitlines()[-1])["page"]
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or shutil.which("chromium-browser")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                _pictures(place, browser, link)
                browser.close()
        finally:
            _run(place, "down")


def _pictures(place: Path, browser: Any, link: str) -> None:
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.goto(link)
    page.wait_for_selector("#do-check")
    _commit(place, "deploy/configmap.yaml", "Hello from version one", "Hello", "Say hello")
    page.wait_for_selector("#graph .mark:has-text('live: web')")
    _run(place, "kubectl", "--", "--namespace", "web", "scale", "deployment/web", "--replicas=4")
    page.wait_for_selector("#feed .good:has-text('healed')")
    page.wait_for_selector(".node:has-text('Deployment') .info:has-text('2/2')")
    page.evaluate("document.getElementById('lab-text').open = false")
    page.screenshot(path=ASSETS / "page.png")
    _commit(place, "deploy/deployment.yaml", "gitops-lab/web:1.0", "gitops-lab/web:v1", "Release")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(".link.broken:has-text('health')", timeout=90_000)
    page.evaluate("document.getElementById('lab-text').open = false")
    page.screenshot(path=ASSETS / "page-broken.png")
    print(ASSETS / "page.png", ASSETS / "page-broken.png", sep="\n")


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
