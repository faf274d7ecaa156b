"""The published table of the labs' mutation scores."""

from pathlib import Path

from gitops_lab.lab import bundled
from scripts.mutating.page import PAGE, WANTED, Row, read, total, write


def test_the_page_keeps_what_was_measured(tmp_path: Path):
    rows = [Row("one", 3, 3, 12.0), Row("two", 3, 1, 7.0, ("a: sh | sh", "b: `x: y` for `x: z`"))]

    write(tmp_path / "page.md", rows)

    assert read(tmp_path / "page.md") == rows
    assert "4 of 6 broken states turn red: 66.7 %." in (tmp_path / "page.md").read_text()


def test_a_row_is_taken_from_a_proof():
    mutation = {"tried": 2, "red": 1, "score": 50.0, "green": ["step: kept"]}
    proof = {"name": "lab", "seconds": 9.5, "mutation": mutation}
    assert Row.of(proof) == Row("lab", 2, 1, 9.5, ("step: kept",))


def test_every_lab_of_the_course_was_measured_and_nearly_all_turn_red():
    rows = read(PAGE)
    assert [row.lab for row in rows] == [lab.name for lab in bundled()]
    assert total(rows).score >= WANTED
