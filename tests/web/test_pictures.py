"""The pages look as they did: screenshots of one fixed scene, compared part by part.

What is kept is not a picture but what is seen in it (pictures.json): where each part stands, its
colour behind, and how much of it is inked. It is text that a reviewer can read, and tolerant: with
another font words run wider, and pixel against pixel that is a bigger change than a tree that is
gone. What is gone, moved or has lost its colour is told; tests below prove that it is. After a
change that is meant: GITOPS_LAB_NEW_PICTURES=1 scripts/test tests/web/test_pictures.py
"""

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.scene import BASE, pages
from tests.wide import WIDE as IN_CI

KEPT = Path(__file__).with_name("pictures.json")
STATIC = Path(__file__).resolve().parents[2] / "gitops_lab" / "web" / "static"
NEAR, SHARE = 40, 0.3
"""A part may be that many pixels off, or that share of where it was, whatever is more."""
INKED = 0.12
"""So much more or less of a part may be inked; and never nothing where something was."""
WIDE, PHONE = {"width": 1360, "height": 900}, {"width": 360, "height": 740}
VIEWS = {
    "broken-light": ("/broken", WIDE, "light"),
    "broken-dark": ("/broken", WIDE, "dark"),
    "well-light": ("/well", WIDE, "light"),
    "well-phone": ("/well", PHONE, "light"),
    "class-dark": ("/class", WIDE, "dark"),
    "notes-light": ("/notes", WIDE, "light"),
}
FONTS = ("broken-light", "well-phone")
PARTS = (
    "body",
    "h1",
    "#timeline",
    "#apps",
    ".cluster h3 >> nth=0",
    ".cluster h3 >> nth=1",
    ".row >> nth=0",
    "#lab",
    ".steps",
    "progress",
    "#chain",
    ".link >> nth=0",
    ".link >> nth=5",
    ".how >> nth=0",
    ".how >> nth=5",
    ".trouble",
    "#tree",
    ".tree .mark >> nth=0",
    "#detail h2",
    "#detail pre",
    ".minus",
    "#feed",
    ".feed .bad",
    "#graph",
    "#watch",
    ".look",
    ".say",
    "pre >> nth=0",
)
_SEEN = """async ([png, boxes]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const drawn = canvas.getContext("2d", {willReadFrequently: true});
  drawn.drawImage(image, 0, 0);
  return boxes.map(([x, y, width, height]) => {
    const points = drawn.getImageData(x, y, Math.max(1, width), Math.max(1, height)).data;
    const counts = new Map();
    for (let at = 0; at < points.length; at += 4) {
      const colour = points[at] << 16 | points[at + 1] << 8 | points[at + 2];
      counts.set(colour, (counts.get(colour) || 0) + 1);
    }
    const [back, most] = [...counts].reduce((a, b) => b[1] > a[1] ? b : a);
    return [back, 1 - most / (points.length / 4)];
  });
}"""

Facts = dict[str, dict[str, Any]]
Look = Callable[..., Facts]


@pytest.fixture(scope="module")
def look(chromium: Any) -> Iterator[Look]:
    """What is seen of a view; `style` spoils it on purpose."""
    html = pages()
    measuring = chromium.new_page()

    def looked(name: str, style: str = "") -> Facts:
        path, size, scheme = VIEWS[name]
        context = chromium.new_context(
            viewport=size, color_scheme=scheme, timezone_id="UTC", java_script_enabled=False
        )
        context.route("**/*", lambda route: _answer(route, html, style))
        page = context.new_page()
        page.goto(f"http://127.0.0.1:1{BASE}{path}")
        boxes = {part: _box(page, part) for part in PARTS}
        shown = {part: box for part, box in boxes.items() if box}
        png = page.screenshot(animations="disabled", full_page=True)
        context.close()
        seen = measuring.evaluate(_SEEN, [base64.b64encode(png).decode(), [*shown.values()]])
        return {
            part: {"box": box, "back": f"#{back:06x}", "inked": round(inked, 2)}
            for (part, box), (back, inked) in zip(shown.items(), seen, strict=True)
        }

    yield looked
    measuring.close()


def _box(page: Any, part: str) -> list[int]:
    """Left, top, width and height of a part; nothing where it can't be seen."""
    found = page.locator(part)
    if not found.count() or not found.first.is_visible():
        return []
    box = found.first.bounding_box()
    return [round(box[side]) for side in ("x", "y", "width", "height")]


def _answer(route: Any, html: dict[str, str], style: str) -> None:
    path = route.request.url.partition(BASE)[2]
    if path in html:
        body = html[path].replace("</head>", f"<style>{style}</style></head>")
        route.fulfill(body=body, content_type="text/html; charset=utf-8")
    elif path.startswith("/static/"):
        route.fulfill(path=STATIC / path.removeprefix("/static/"))
    else:
        route.abort()


def differences(seen: Facts, kept: Facts) -> list[str]:
    """What is not as it was, a line each."""
    told = [f"{part} is gone" for part in kept if part not in seen]
    told += [f"{part} is new" for part in seen if part not in kept]
    for part in (part for part in kept if part in seen):
        now, then = seen[part], kept[part]
        sides = zip(("left", "top", "width", "height"), now["box"], then["box"], strict=True)
        told += [
            f"{part}: {side} {new}, was {old}"
            for side, new, old in sides
            if abs(new - old) > max(NEAR, SHARE * old)
        ]
        if now["back"] != then["back"]:
            told.append(f"{part}: colour {now['back']}, was {then['back']}")
        lost = then["inked"] > 0.01 and now["inked"] <= then["inked"] / 4
        if lost or abs(now["inked"] - then["inked"]) > INKED:
            told.append(f"{part}: {now['inked']:.0%} inked, was {then['inked']:.0%}")
    return told


def kept(name: str) -> Facts:
    """What was seen when it was as it should be."""
    facts: Facts = json.loads(KEPT.read_text())[name]
    return facts


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_looks_as_it_did(look: Look, name: str) -> None:
    seen = look(name)
    if os.environ.get("GITOPS_LAB_NEW_PICTURES"):
        known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        KEPT.write_text(_readable({**known, name: seen}))
    assert differences(seen, kept(name)) == []


@pytest.mark.parametrize(
    ("name", "style", "told"),
    [
        ("broken-light", "#tree { display: none }", "#tree is gone"),
        ("broken-light", ".link { background: #fff !important }", ".link >> nth=5: colour"),
        ("broken-light", ".how { visibility: hidden }", ".how >> nth=5 is gone"),
        ("broken-light", ".feed { color: transparent }", "inked"),
        ("broken-dark", ":root { --card: #fff }", "#chain: colour #ffffff"),
        ("well-light", ".columns { grid-template-columns: 1fr }", "left"),
        ("well-phone", "#apps { margin-top: 12em }", "#apps: top"),
        ("class-dark", ".say { font-size: 4em }", "#watch: height"),
    ],
)
def test_what_is_gone_moved_or_pale_is_told(look: Look, name: str, style: str, told: str) -> None:
    found = differences(look(name, style), kept(name))
    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    "name", [name if name in FONTS else pytest.param(name, marks=IN_CI) for name in VIEWS]
)
def test_another_font_is_no_other_picture(look: Look, name: str) -> None:
    assert "\n".join(differences(look(name, "body { font-family: serif }"), kept(name))) == ""


def _readable(facts: dict[str, Facts]) -> str:
    """A line for each part."""
    views = []
    for name, parts in sorted(facts.items()):
        rows = ",\n".join(f"  {json.dumps(part)}: {json.dumps(at)}" for part, at in parts.items())
        views.append(f"{json.dumps(name)}: {{\n{rows}\n}}")
    return "{\n" + ",\n".join(views) + "\n}\n"
