"""The site builds strictly from the sources it is about, and asks nobody for anything."""

import re
import shlex
from pathlib import Path

import pytest

from gitops_lab.docs import commands
from gitops_lab.docs.labs import modules
from gitops_lab.lab import bundled

FETCHED = re.compile(
    r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(https?:)?//|<link[^>]*href=["']?https?://"""
)
COMMAND = re.compile(r"(?:scripts/lab|gitops-lab) ([a-z][^`\n#]*)")
ROOT = Path(__file__).parents[2]


def _sources() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "site").rglob("*.md"))]


pytestmark = pytest.mark.xdist_group("site")


def test_every_lab_has_a_page_made_from_its_own_text(site: Path) -> None:
    for lab in bundled():
        page = (site / "labs" / f"{lab.name}.html").read_text()
        assert all(f'id="{step.id}"' in page for step in lab.steps)
        assert page.count("<h1") == 1
        assert ('id="quiz"' in page) == bool(lab.quiz)
        assert ("For whoever teaches it" in page) == bool(lab.trainer)


def test_every_lab_is_on_a_path_and_in_the_trainers_pack(site: Path) -> None:
    index, pack = (site / "labs" / "index.html").read_text(), (site / "teach" / "trainer.html")
    mine = [lab for _, labs in modules(bundled()) for lab in labs]
    assert sorted(lab.name for lab in mine) == sorted(lab.name for lab in bundled())
    assert all(f'href="{lab.name}.html"' in index for lab in mine)
    assert all(f'href="../labs/{lab.name}.html"' in pack.read_text() for lab in mine)


def test_a_translated_lab_has_a_page_in_each_language(site: Path) -> None:
    for name in ("first-sync", "drift"):
        assert f'href="{name}.de.html"' in (site / "labs" / f"{name}.html").read_text()
        german = (site / "labs" / f"{name}.de.html").read_text()
        assert f'href="{name}.html"' in german
        assert "Vorhersage" in german
        assert "Predict" not in german


def test_every_key_of_a_lab_is_in_the_reference(site: Path) -> None:
    page = (site / "reference" / "lab.html").read_text()
    for key in ("steps[].hints[].when.seen", "steps[].solution[].commit.edits[].find", "trainer"):
        assert f"<code>{key}</code>" in page


def test_no_page_fetches_anything_from_outside(site: Path) -> None:
    for page in site.rglob("*.html"):
        found = FETCHED.search(page.read_text())
        assert found is None, f"{page}: {found and found.group()}"


def test_every_command_is_in_the_reference() -> None:
    reference = commands.page(commands.all_help())
    for words in ("start", "app explain", "author prove", "demo"):
        assert f"gitops-lab {words}\n" in reference


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *_sources()])
def test_commands_in_the_text_are_commands_of_the_program(page: str) -> None:
    known = {each.words for each in commands.all_help()}
    for match in COMMAND.finditer((ROOT / page).read_text()):
        words = tuple(word for word in shlex.split(match.group(1).replace("'", ""))[:2])
        assert words[:1] in known or words in known, match.group()
