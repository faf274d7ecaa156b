"""Two clusters on one page, side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import CommandLine


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_clusters_stand_side_by_side_and_each_shows_its_own(
    line: CommandLine, chromium: Any
) -> None:
    line.fine("start", "environments")
    link = line.fine("open", "--print", "--json").document["page"]
    page = chromium.new_page(viewport={"width": 1600, "height": 900})
    page.set_default_timeout(20_000)
    page.goto(link)
    page.wait_for_selector("#line:has-text('live')")
    assert page.locator(".cluster h3").all_inner_texts() == ["Cluster dev", "Cluster prod"]
    left, right = (page.locator(".cluster").nth(at).bounding_box() for at in (0, 1))
    assert left["y"] == right["y"], "side by side"
    assert left["x"] + left["width"] <= right["x"]

    clone = line.place / "gitops-lab" / "environments" / "shop"
    assert clone.is_dir()
    page.click(".cluster:has-text('dev') .row a")
    page.wait_for_selector("#tree .node:has-text('Pod')")
    first = page.inner_text("#tree")
    line.fine("solve", "dev")
    page.wait_for_selector(".cluster:has-text('dev') .mark:has-text('Healthy')")
    page.wait_for_function("was => document.querySelector('#tree').innerText !== was", arg=first)
    page.click(".cluster:has-text('prod') .row a")
    page.wait_for_selector("#chain-title:has-text('shop-prod')")
    nodes = page.locator("#tree .node").evaluate_all("all => all.map(one => one.id)")
    assert nodes
    assert all(name.startswith("n-prod") for name in nodes)
    page.close()
