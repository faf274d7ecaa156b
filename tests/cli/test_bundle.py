"""`bundle` as a user has it; packing for real takes a network, so it is measured elsewhere."""

from pathlib import Path

from tests.cli.driver import CommandLine


def test_a_file_that_is_no_bundle_is_told_in_a_paragraph(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    (tmp_path / "x.pyz").write_text("nothing")
    ran = line("bundle", "load", "x.pyz")
    assert ran.code == 3
    assert ran.err.startswith("Error: x.pyz can't be loaded")
