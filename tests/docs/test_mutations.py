"""The published matrix of the labs' proofs, and their mutation scores."""

from pathlib import Path
from typing import Any

from gitops_lab.lab import bundled
from scripts.mutating.page import KINDS, PAGE, WANTED, Row, read, total, write

ONE = ((2, 2), (3, 3), (2, 2), (1, 1), (6, 6), (0, 0), (0, 0))


def test_the_page_keeps_what_was_measured(tmp_path: Path):
    rows = [
        Row("one", 1, ONE, 12, 3, 3, 9),
        Row("two", 2, ONE, 7, 3, 1, 5, ("a: sh | sh", "b: `x: y` for `x: z`")),
    ]

    write(tmp_path / "page.md", rows)

    assert read(tmp_path / "page.md") == rows
    told = (tmp_path / "page.md").read_text()
    assert "2 of 2 labs are proven whole, in 0 minutes." in told
    assert "4 of 6 broken states turn red: 66.7 %." in told
    assert "| one | 1 | 2/2 | 3/3 | 2/2 | 1/1 | 6/6 | – | – | 12 | 3 | 3 | 9 |" in told
    assert "- two, b: `x: y` for `x: z`" in told


def part(what: str, *, passed: bool = True) -> dict[str, Any]:
    return {"what": what, "passed": passed, "seconds": 1.5}


def proof(*parts: dict[str, Any], seconds: float = 9.4) -> dict[str, Any]:
    broken = [each for each in parts if each["what"] == "mutant"]
    green = ["step: kept"] if any(not each["passed"] for each in broken) else []
    mutation = {"tried": len(broken), "red": len(broken) - len(green), "green": green}
    steps = [{"id": "step", "parts": list(parts)}]
    return {"name": "lab", "seconds": seconds, "steps": steps, "mutation": mutation}


def test_a_row_is_taken_from_a_proof_and_from_its_broken_states_apart():
    mutants = (part("mutant"), part("mutant", passed=False))
    whole = proof(part("start"), part("wrong"), part("wrong", passed=False), *mutants)

    row = Row("lab").told(whole)
    assert (row.steps, row.seconds, row.broken_seconds) == (1, 6, 3)
    assert (row.tried, row.red, row.green) == (2, 1, ("step: kept",))
    assert row.judged[KINDS.index("wrong")] == (1, 2)
    assert not row.proven

    again = row.told(proof(part("start"), part("solution"), part("wrong")))
    assert (again.seconds, again.tried, again.red) == (9, 2, 1)
    assert again.proven
    assert again.told(proof(part("mutant"), seconds=4.0)).broken_seconds == 4
    assert again.told(proof(part("mutant"))).green == ()


def test_no_lab_of_the_course_fails_its_proof_and_nearly_all_broken_states_turn_red():
    rows = read(PAGE)
    assert [row.lab for row in rows] == [lab.name for lab in bundled()]
    assert [row.lab for row in rows if any(good < tried for good, tried in row.judged)] == []
    assert all(row.proven for row in rows)
    assert total(rows).score >= WANTED
