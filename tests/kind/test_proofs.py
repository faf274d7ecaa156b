"""A lab's verdicts on a genuine cluster are those of the embedded one.

A proof takes minutes, so GITOPS_LAB_PROVE_ON_KIND asks for it: `today` for one lab, another each
day, of those that were proven whole on kind before (.ci/run), `all` for all of them (scripts/full).
"""

import os
import time
from pathlib import Path

import pytest

from gitops_lab.lab import bundled_folders, name_of
from tests.cli.driver import CommandLine

SECONDS = 900
PROVEN = ("drift", "environments", "first-sync")
"""The others wait for a full run on kind; of them argocd-first-app, flux-first-sync, helm and
secrets have passed `author prove --quick` there."""
ASKED = os.environ.get("GITOPS_LAB_PROVE_ON_KIND", "")


def _todays() -> list[str]:
    names = sorted(name_of(folder) for folder in bundled_folders())
    if ASKED == "all":
        return names
    return [PROVEN[int(time.time() // 86400) % len(PROVEN)]]


@pytest.mark.skipif(not ASKED, reason="takes minutes: GITOPS_LAB_PROVE_ON_KIND=today scripts/test")
@pytest.mark.parametrize("name", _todays())
def test_a_lab_proves_on_kind(swept: None, tmp_path: Path, name: str) -> None:
    lab = CommandLine(tmp_path, seconds=SECONDS)
    ran = lab("author", "prove", name, "--provider", "kind", "--json", TMPDIR=str(tmp_path))
    [proof] = ran.document["labs"]
    wrong = [
        f"{step['id']} {part['what']} {part['name']}: {part['seen']}. {part['detail']}"
        for step in proof["steps"]
        for part in step["parts"]
        if not part["passed"]
    ]
    assert proof["proven"], [*wrong, *proof["left"], proof["failure"]]
