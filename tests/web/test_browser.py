"""The page in a real browser: what moves, who can use it, and what must not run."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gitops_lab.workspace.notes import Notes, write_notes
from tests.browser import NO_BROWSER
from tests.web.conftest import LAB, Running

Open = Callable[..., Any]
HOSTILE = "<img src=x onerror=alert(1)><script>window.hostile=1</script>"


def test_a_push_made_by_git_appears_without_reload(running: Running, open_page: Open) -> None:
    page = open_page()
    page.evaluate("window.stays = true")
    sha = running.push("Appear on the page", "appears")
    page.wait_for_selector(f"#graph code:has-text('{sha[:7]}')")
    page.wait_for_selector(f"#graph li:has-text('{sha[:7]}') .mark:has-text('live: web')")
    page.wait_for_selector(".chain .link.done:has-text('Appear on the page')")
    assert page.evaluate("window.stays")


def test_drift_heals_before_the_eyes(running: Running, open_page: Open) -> None:
    page = open_page()
    name = {"namespace": "web", "name": "web"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": name}
    running.cluster.patch(deployment, {"spec": {"replicas": 4}})
    page.wait_for_selector("#feed .drift:has-text('changed by hand: apps/Deployment/web/web')")
    page.wait_for_selector("#feed .good:has-text('healed')")
    page.wait_for_selector(".node:has-text('Deployment') .mark:has-text('healed')")
    page.wait_for_selector(".node:has-text('Deployment') .info:has-text('2/2')")


def test_the_broken_link_is_red_with_the_words_of_explain(
    running: Running, open_page: Open
) -> None:
    page = open_page()
    running.push("Break the YAML", "[unclosed")
    page.wait_for_selector(".link.broken:has-text('render')")
    explained = running.line.fine("app", "explain", "web", "--json").document
    shown = page.locator(".trouble").inner_text()
    assert explained["message"] in shown
    assert "deploy/configmap.yaml" in shown
    running.push("Mend it", "mended")
    page.wait_for_selector(".fine:has-text('All links hold')")


def test_hostile_texts_are_shown_and_run_nothing(running: Running, open_page: Open) -> None:
    page = open_page()
    running.push(f"{HOSTILE} subject", json.dumps(HOSTILE))
    page.wait_for_selector("#graph .subject:has-text('onerror')")
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "hostile", "namespace": "web"},
        "involvedObject": {"kind": "ConfigMap", "namespace": "web", "name": "web-config"},
        "reason": HOSTILE,
        "message": HOSTILE,
        "type": "Warning",
    }
    running.cluster.create(event)
    page.click(".node:has-text('ConfigMap')")
    page.wait_for_selector("#detail pre:has-text('onerror')")
    page.click("#tab-events")
    page.wait_for_selector("#detail td:has-text('onerror')")
    assert page.evaluate("window.hostile") is None
    assert page.locator("main img, main script").count() == 0


def test_an_object_shows_its_log_and_its_difference_from_git(
    running: Running, open_page: Open
) -> None:
    page = open_page()
    page.click(".node:has-text('Pod')")
    page.click("#tab-log")
    page.wait_for_selector("#detail pre:has-text('listens on')")
    page.click(".node:has-text('Deployment')")
    page.click("#tab-diff")
    page.wait_for_selector("#detail p:has-text('It is as Git says')")


def test_the_buttons_do_what_the_command_line_does(running: Running, open_page: Open) -> None:
    page = open_page()
    page.wait_for_selector("#do-check")
    page.click("#do-check")
    page.wait_for_selector(".outcome .checks .red")
    page.click("#do-suspend:has-text('Suspend')")
    page.wait_for_selector("#do-suspend:has-text('Resume')")
    assert running.line.fine("app", "get", "web", "--json").document["spec"]["suspend"] is True
    page.click("#do-suspend")
    page.wait_for_selector("#do-suspend:has-text('Suspend')")


def test_the_past_can_be_looked_at_and_left(running: Running, open_page: Open) -> None:
    page = open_page()
    first = running.push("Before", "before")
    page.wait_for_selector(f".row .revision:has-text('{first[:7]}')")
    then = page.evaluate("document.getElementById('at').max")
    second = running.push("After", "after")
    page.wait_for_selector(f".row .revision:has-text('{second[:7]}')")
    page.evaluate(
        "at => { const r = document.getElementById('at'); r.value = at;"
        " r.dispatchEvent(new Event('input', {bubbles: true})); }",
        then,
    )
    page.wait_for_selector(f".row .revision:has-text('{first[:7]}')")
    page.click("text=Back to now")
    page.wait_for_selector(f".row .revision:has-text('{second[:7]}')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(open_page: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_BROWSER)
    page = open_page(color_scheme=scheme)
    page.wait_for_selector("#do-check")
    page.click(".node:has-text('Deployment')")
    page.wait_for_selector("#detail pre")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_speaker_notes_follow_the_show(running: Running, open_page: Open) -> None:
    page = open_page()
    page.click("text=Speaker notes")
    page.wait_for_selector("main:has-text('Nothing is presented now')")
    root = running.line.home / "workspaces" / "first-sync"
    write_notes(root, Notes(chapter="One", number=1, total=9, say="Say this", began_at=1.0))
    page.wait_for_selector(".say:has-text('Say this')")
    write_notes(root, Notes(chapter="One", number=2, total=9, say="Then that", waits="2 of 2"))
    page.wait_for_selector(".say:has-text('Then that')")
    assert "2 of 2" in page.inner_text(".waiting")
    (root / "present.json").unlink()


def test_a_phone_needs_no_sideways_scrolling(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    page.wait_for_selector("#do-check")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_reaches_the_objects_and_stays_there(
    running: Running, open_page: Open
) -> None:
    page = open_page()
    page.focus(".node:has-text('Deployment')")
    name = page.evaluate("document.activeElement.id")
    sha = running.push("Keep the focus", "focus")
    page.wait_for_selector(f".row .revision:has-text('{sha[:7]}')")
    assert page.evaluate("document.activeElement.id") == name
    page.keyboard.press("Enter")
    page.wait_for_selector("#detail pre")


def test_without_javascript_it_is_a_readable_snapshot(open_page: Open) -> None:
    page = open_page(java_script_enabled=False, live=False)
    assert "Synced" in page.inner_text("#apps")
    page.click(".node:has-text('Deployment')")
    assert "kind: Deployment" in page.inner_text("#detail")
    assert "snapshot" in page.inner_text(".noscript")


def test_the_page_comes_back_by_itself_when_the_loop_was_restarted(
    running: Running, open_page: Open
) -> None:
    page = open_page()
    running.line.fine("stop")
    page.wait_for_selector("#line:has-text('not connected')")
    running.line.fine("start", str(LAB), "--yes")
    page.wait_for_selector("#line:has-text('live')", timeout=20_000)
    sha = running.push("After the restart", "again")
    page.wait_for_selector(f".row .revision:has-text('{sha[:7]}')")
    open_page.complaints.clear()  # type: ignore[attr-defined]  # the lost connection is told there
