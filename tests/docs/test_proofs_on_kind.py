"""The published matrix of the labs' proofs on genuine clusters."""

from pathlib import Path
from typing import Any

from gitops_lab.lab import bundled
from scripts.mutating.on_kind import PAGE, better, read, told, write


def proof(*names: str, wrong: int = 0, proven: bool = True) -> dict[str, Any]:
    parts = [{"name": name, "passed": at >= wrong} for at, name in enumerate(names)]
    steps = [{"id": "step", "parts": parts}]
    return {"name": "lab", "seconds": 61.6, "steps": steps, "proven": proven and not wrong}


WHOLE = told(proof("untouched", "official", "again after reset"), "v1.37.2", "2026-11-23")
QUICK = told(proof("untouched", "official"), "v1.37.2", "2026-11-24")


def test_the_page_keeps_what_was_proven(tmp_path: Path):
    write(tmp_path / "page.md", [WHOLE, QUICK])

    assert read(tmp_path / "page.md") == [WHOLE, QUICK]
    text = (tmp_path / "page.md").read_text()
    assert "1 of 2 labs are proven whole, 1 quickly, in 2 minutes." in text
    assert "| lab | whole | 1 | 3/3 | 62 | v1.37.2 | 2026-11-23 |" in text


def test_what_was_judged_wrong_or_did_not_end_is_not_proven():
    assert WHOLE.proven
    assert not told(proof("untouched", "official", wrong=1), "v1", "today").proven
    assert not told(proof("untouched", proven=False), "v1", "today").proven
    assert not told(proof(proven=False), "v1", "today").proven


def test_a_quick_proof_does_not_replace_a_whole_one():
    assert better(WHOLE, QUICK) == WHOLE
    assert better(QUICK, WHOLE) == WHOLE
    failed = told(proof("untouched", "again after reset", wrong=1), "v1", "today")
    assert better(WHOLE, failed) == failed


def test_every_lab_of_the_course_is_proven_on_genuine_clusters():
    rows = read(PAGE)
    assert [row.lab for row in rows] == [lab.name for lab in bundled()]
    assert [row.lab for row in rows if not row.proven] == []
    assert sum(row.proof == WHOLE.proof for row in rows) >= 15
