"""A picture that nobody has taken is told in words; one that is there is shown."""

from pathlib import Path

from gitops_lab.docs.build import _pictured

TEXT = "Before.\n\n![A red link](../assets/page.png)\n\nAfter."


def test_a_picture_that_is_missing_is_told_in_words(tmp_path: Path) -> None:
    page = tmp_path / "run" / "picture.md"
    told = _pictured(page, TEXT)
    assert "![" not in told
    assert "*A red link.*" in told
    assert "scripts/picture" in told


def test_a_picture_that_is_there_is_shown(tmp_path: Path) -> None:
    page = tmp_path / "run" / "picture.md"
    page.parent.mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page.png").write_bytes(b"")
    assert _pictured(page, TEXT) == TEXT
