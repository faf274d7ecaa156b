"""The site builds strictly from the sources it is about, and asks nobody for anything."""

import re
import shlex
from pathlib import Path

import pytest

from gitops_lab.docs import build, commands
from gitops_lab.lab import bundled

FETCHED = re.compile(
    r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(https?:)?//|<link[^>]*href=["']?https?://"""
)
COMMAND = re.compile(r"(?:scripts/lab|gitops-lab) ([a-z][^`\n#]*)")
ROOT = Path(__file__).parents[2]


def _sources() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "site").rglob("*.md"))]


pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def site() -> Path:
    assert build.run("build", diagrams=False) == 0
    return ROOT / "build" / "site"


def test_every_lab_has_a_page_made_from_its_own_text(site: Path) -> None:
    for lab in bundled():
        page = (site / "labs" / f"{lab.name}.html").read_text()
        assert all(f'id="{step.id}"' in page for step in lab.steps)
        assert page.count("<h1") == 1


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
