"""The published matrix of the labs' proofs on genuine clusters."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from gitops_lab.lab import bundled
from scripts.mutating.on_kind import PAGE, better, read, told, write


def proof(
    *names: str, wrong: int = 0, proven: bool = True, broken: tuple[bool, ...] = ()
) -> dict[str, Any]:
    parts = [
        {"what": "solution", "name": name, "passed": at >= wrong, "seconds": 1.0}
        for at, name in enumerate(names)
    ]
    green = ["step: by hand"] if False in broken else []
    state = {"what": "mutant", "name": "by hand", "seconds": 4.5}
    states = [{**state, "passed": red} for red in broken]
    return {
        "name": "lab",
        "seconds": 61.6,
        "steps": [{"id": "step", "parts": parts + states}],
        "proven": proven and not wrong,
        "mutation": {"tried": len(broken), "red": sum(broken), "green": green},
    }


WHOLE = told(proof("untouched", "official", "again after reset"), "v1.37.2", "2026-11-23")
QUICK = told(proof("untouched", "official"), "v1.37.2", "2026-11-24")
BROKEN = told(proof("untouched", "official", broken=(True, False)), "v1.37.2", "2026-11-25")


def test_the_page_keeps_what_was_proven(tmp_path: Path):
    write(tmp_path / "page.md", [WHOLE, QUICK])

    assert read(tmp_path / "page.md") == [WHOLE, QUICK]
    text = (tmp_path / "page.md").read_text()
    assert "1 of 2 labs are proven whole, 1 quickly, in 2 minutes.\n" in text
    assert "| lab | whole | 1 | 3/3 | 62 | 0 | 0 | 0 | v1.37.2 | 2026-11-23 |" in text


def test_the_page_keeps_what_was_broken_and_what_stayed_green(tmp_path: Path):
    write(tmp_path / "page.md", [BROKEN])

    assert read(tmp_path / "page.md") == [BROKEN]
    text = (tmp_path / "page.md").read_text()
    assert "1 of 2 broken states turn red, 50.0 %, in 0 minutes." in text
    assert "| lab | quick | 1 | 2/2 | 53 | 2 | 1 | 9 | v1.37.2 | 2026-11-25 |" in text
    assert "- lab, step: by hand" in text


def test_a_broken_state_that_stays_green_does_not_make_a_lab_unproven():
    assert BROKEN.proven


def test_broken_states_go_beside_the_proof_that_is_known():
    assert better(WHOLE, BROKEN) == replace(
        WHOLE, broken=2, red=1, broken_seconds=9, green=("step: by hand",)
    )
    assert better(BROKEN, WHOLE) == better(WHOLE, BROKEN)


def test_what_was_judged_wrong_or_did_not_end_is_not_proven():
    assert WHOLE.proven
    assert not told(proof("untouched", "official", wrong=1), "v1", "today").proven
    assert not told(proof("untouched", proven=False), "v1", "today").proven
    assert not told(proof(proven=False), "v1", "today").proven


def test_a_quick_proof_does_not_replace_a_whole_one():
    assert better(WHOLE, QUICK) == WHOLE
    assert better(QUICK, WHOLE) == WHOLE
    unproven = told(proof("untouched", wrong=1), "v1", "today")
    assert better(WHOLE, unproven) == unproven
    failed = told(proof("untouched", "again after reset", wrong=1), "v1", "today")
    assert better(WHOLE, failed) == failed


def test_every_lab_of_the_course_is_proven_on_genuine_clusters():
    rows = read(PAGE)
    assert [row.lab for row in rows] == [lab.name for lab in bundled()]
    assert [row.lab for row in rows if not row.proven] == []
    assert sum(row.proof == WHOLE.proof for row in rows) >= 15
