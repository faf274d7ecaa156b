"""Every lab of the course: red, red on a wrong answer, green on another right one, green solved.

With GITOPS_LAB_WIDE=1, as CI does; a default run has no time for it. `scripts/full` has every
answer of every lab, twice, and the broken states: `scripts/mutations`.
"""

import pytest

from gitops_lab.course import prove
from gitops_lab.lab import bundled_folders, load, name_of
from tests.wide import wide

LABS = {name_of(folder): folder for folder in bundled_folders()}


@wide
@pytest.mark.parametrize("name", LABS)
def test_a_lab_of_the_course_is_proven(name: str) -> None:
    proof = prove(load(LABS[name]), quick=True)
    failed = [part for step in proof.steps for part in step.parts if not part.passed]
    assert proof.proven, (failed, proof.left, proof.failure)
