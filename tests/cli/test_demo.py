"""A demo plays a whole lab, says how each step is done by hand, and leaves nothing behind."""

from pathlib import Path

import pytest

from tests.cli.driver import CommandLine


@pytest.mark.parametrize("lab", ["first-sync", "drift"])
def test_a_demo_plays_to_its_end_and_leaves_nothing_not_even_progress(
    tmp_path: Path, lab: str
) -> None:
    line = CommandLine(tmp_path)
    out = line.fine("demo", lab).out
    assert "✗" in out
    assert "git commit" in out
    assert f"gitops-lab start {lab}" in out
    assert "gitops-lab check" in out
    assert "healed" in out
    assert out.rindex("✓") > out.rindex("✗")
    assert not list(line.home.glob("workspaces/*/"))
    assert line.fine("progress", "--json").document == []
