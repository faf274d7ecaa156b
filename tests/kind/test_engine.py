"""The engine's own tests against a genuine cluster, with Kubernetes' controllers at work beside it.

Those of a cycle, of drift, of policies, of waves and of writing in every run of the tier;
GITOPS_LAB_ENGINE_ON_KIND=all takes all of tests/engine, as `scripts/full` does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.workspace.kind import Kind
from tests.workspace.existing.company import Company, company

ROOT = Path(__file__).parents[2]
SECONDS = 1500
SOME = ("cycle", "drift", "policy", "waves", "writing")


@pytest.fixture
def bare(swept: None, tmp_path: Path) -> Iterator[Company]:
    """A cluster without any engine."""
    with company(tmp_path, "tier-engine", Kind()) as running:
        yield running


def test_the_engine_does_on_a_genuine_cluster_what_its_tests_say(
    bare: Company, tmp_path: Path
) -> None:
    everything = os.environ.get("GITOPS_LAB_ENGINE_ON_KIND") == "all"
    files = [f"tests/engine/test_{name}.py" for name in SOME]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider"),
            f"--basetemp={tmp_path / 'engine'}",
            *(["tests/engine"] if everything else files),
        ],
        cwd=ROOT,
        env={**os.environ, "GITOPS_LAB_TEST_KUBECONFIG": str(bare.kubeconfig)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert " passed" in done.stdout
