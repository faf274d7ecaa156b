"""A lab's verdicts on a genuine cluster are those of the embedded one.

A proof takes minutes, so GITOPS_LAB_PROVE_ON_KIND asks for it: `today` for one lab, another each
day (.ci/run), `all` for all of them (scripts/full). Today's is proven whole where that takes less
than four minutes, and quickly where it takes longer; `all` is whole.
"""

import os
import time
from pathlib import Path

import pytest

from gitops_lab.lab import bundled_folders, name_of
from tests.cli.driver import CommandLine

SECONDS = 1200
WHOLE = (
    "drift",
    "environments",
    "first-sync",
    "helm",
    "kubernetes-in-ten-minutes",
    "repositories",
    "secrets",
    "two-engines",
)
"""Proven whole each time; all others by the first answer of each sort."""
ASKED = os.environ.get("GITOPS_LAB_PROVE_ON_KIND", "")


def _todays() -> list[str]:
    names = sorted(name_of(folder) for folder in bundled_folders())
    return names if ASKED == "all" else [names[int(time.time() // 86400) % len(names)]]


@pytest.mark.skipif(not ASKED, reason="takes minutes: GITOPS_LAB_PROVE_ON_KIND=today scripts/test")
@pytest.mark.parametrize("name", _todays())
def test_a_lab_proves_on_kind(swept: None, tmp_path: Path, name: str) -> None:
    lab = CommandLine(tmp_path, seconds=SECONDS)
    how = [] if ASKED == "all" or name in WHOLE else ["--quick"]
    asked = ["author", "prove", name, *how, "--provider", "kind", "--json"]
    ran = lab(*asked, TMPDIR=str(tmp_path))
    [proof] = ran.document["labs"]
    wrong = [
        f"{step['id']} {part['what']} {part['name']}: {part['seen']}. {part['detail']}"
        for step in proof["steps"]
        for part in step["parts"]
        if not part["passed"]
    ]
    assert proof["proven"], [*wrong, *proof["left"], proof["failure"]]
