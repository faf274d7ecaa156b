"""An Application of Argo CD on the page: its kind, its engine, its tree and its chain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import CommandLine

NAME = "argocd-first-app"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_an_application_is_an_app_on_the_page(line: CommandLine, chromium: Any) -> None:
    line.fine("start", NAME)
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(20_000)
    page.goto(line.fine("open", "--json", BROWSER="true").document["page"])
    page.wait_for_selector("#line:has-text('live')")
    line.fine("solve", "compare")
    page.wait_for_selector(".row .kind:has-text('Argo CD Application')")
    page.wait_for_selector(".row .mark:has-text('OutOfSync')")
    page.wait_for_selector("#chain:has-text('Application of Argo CD')")
    assert page.locator("#do-suspend").count() == 0, "Argo CD has no suspend"
    page.click("#do-sync")
    page.wait_for_selector("#outcome:has-text('sync web')")
    page.wait_for_selector(".row .mark:has-text('Synced')")
    page.wait_for_selector("#tree .node:has-text('Pod') .mark:has-text('Healthy')")
    page.wait_for_selector(".link.done:has-text('health')")
    page.click(".node:has-text('Deployment')")
    page.click("#tab-diff")
    page.wait_for_selector("#detail p:has-text('It is as Git says')")
    page.close()


def test_two_engines_are_told_apart(line: CommandLine, chromium: Any) -> None:
    line.fine("start", "two-engines")
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(30_000)
    page.goto(line.fine("open", "--json", BROWSER="true").document["page"])
    application = page.locator(".row:has-text('Argo CD Application')")
    kustomization = page.locator(".row:has-text('Flux Kustomization')")
    application.locator(".mark:has-text('Healthy')").wait_for()
    kustomization.locator(".mark:has-text('Healthy')").wait_for()
    kustomization.locator("a").click()
    page.wait_for_selector("#chain:has-text('Kustomization of Flux')")
    page.wait_for_selector("#tree .node:has-text('Deployment')")
    page.click("#do-suspend:has-text('Suspend')")
    kustomization.locator(".mark:has-text('Suspended')").wait_for()
    page.click("#do-suspend:has-text('Resume')")
    page.wait_for_selector("#do-suspend:has-text('Suspend')")
    line.fine("solve", "remove")
    application.locator(".mark:has-text('OutOfSync')").wait_for()
    kustomization.locator(".mark:has-text('Synced')").wait_for()
    page.close()
