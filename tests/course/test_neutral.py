"""Labs that are written for several engines hold under each of them.

A small one in CI; the course's own with GITOPS_LAB_NEUTRAL=all, as in `scripts/full`.
"""

import os
from pathlib import Path

import pytest

from gitops_lab.course import Place, prove
from gitops_lab.course.begin import namespaces_elsewhere
from gitops_lab.course.proof import LabProof
from gitops_lab.lab import bundled, find, load
from gitops_lab.lab.scaffold import scaffold
from gitops_lab.workspace import WorkspacePlan, down, up
from tests.cli.driver import CommandLine
from tests.lab.mini import problems_of, replaced
from tests.wide import WIDE

ALL = os.environ.get("GITOPS_LAB_NEUTRAL", "") == "all"
ENGINES = ("argocd", "flux")
LEVEL = "level: beginner\n"
PAIRS = [(lab.name, each) for lab in bundled() for each in lab.served_by if each in ENGINES]


def told(proof: LabProof) -> str:
    """What is missing from a proof."""
    parts = [f"{s.id}: {part}" for s in proof.steps for part in s.parts if not part.passed]
    ends = [f"{step.id}: not proven" for step in proof.steps if not step.proven]
    return "\n".join([proof.failure, *proof.left, *parts, *ends, f"{proof.seconds:.0f} s"])


@pytest.mark.parametrize("engine", ENGINES if ALL else [pytest.param("flux", marks=WIDE)])
def test_a_new_lab_is_proven_under_another_engine(tmp_path: Path, engine: str) -> None:
    folder = tmp_path / "mine"
    scaffold(folder)
    replaced(folder, "lab.yaml", LEVEL, f"{LEVEL}servedBy: [builtin, {engine}]\n")
    text = "\n`kubectl --namespace {{ engine_namespace }} get {{ engine_kind }}`\n"
    replaced(folder, "README.md", "\n### Why\n", f"{text}\n### Why\n")  # its texts know
    proof = prove(load(folder), place=Place(engine=engine), quick=True)
    assert proof.proven, told(proof)


@pytest.mark.skipif(not ALL, reason="a minute each: GITOPS_LAB_NEUTRAL=all scripts/test FILE")
@pytest.mark.parametrize(("lab", "engine"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_a_lab_of_the_course_is_proven_under_each_of_its_engines(lab: str, engine: str) -> None:
    proof = prove(find(lab), place=Place(engine=engine), quick=True)
    assert proof.proven, told(proof)


def test_these_labs_are_for_all_three_engines() -> None:
    both = {name for name, engine in PAIRS if engine == "argocd" and (name, "flux") in PAIRS}
    assert both >= {"first-sync", "drift", "environments", "helm", "kubernetes-in-ten-minutes"}
    assert [engine for name, engine in PAIRS if name == "secrets"] == ["flux"]


def test_what_flux_makes_nowhere_is_there_in_each_cluster(tmp_path: Path) -> None:
    lab = find("environments")
    objects = namespaces_elsewhere(lab, {"notice": "x"}, "flux")
    plan = WorkspacePlan("two", clusters=lab.clusters, elsewhere=objects)
    workspace = up(plan, home=tmp_path, report=lambda step: None)
    try:
        assert workspace.client("prod").get("v1", "Namespace", "shop")
    finally:
        down(workspace)


def test_a_text_tells_where_the_apps_are() -> None:
    lab = find("first-sync")
    assert lab.facts("flux") == {
        "engine": "flux",
        "engine_namespace": "flux-system",
        "engine_kind": "kustomization",
    }
    assert find("rollback").facts("flux") == {}


def test_start_says_that_a_lab_is_for_another_engine(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    nowhere = ("--engine", "flux", "--provider", "existing", "--kubeconfig", "none")
    ran = line("start", "rollback", *nowhere)
    assert "The lab rollback is not written for --engine flux" in ran.out
    ran = line("start", "first-sync", *nowhere)
    assert ran.code
    assert "is not written for" not in ran.out


def test_what_an_engine_can_not_say_is_a_problem_of_the_lab(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    scaffold(folder)
    replaced(folder, "lab.yaml", LEVEL, f"{LEVEL}servedBy: [builtin, argocd, flux]\n")
    assert problems_of(folder) == []
    sealed = "syncPolicy: {automated: true, prune: true, selfHeal: true}\n"
    secret = "      decryption: {provider: sops, secret: age}\n"
    replaced(folder, "lab.yaml", sealed, f"{sealed}{secret}")
    [problem] = problems_of(folder)
    assert problem.what.startswith("argocd can't serve the app")
    assert "decryption" in problem.what
    assert problem.fix.startswith("Leave `argocd` out of `servedBy`")


def test_a_parameter_must_not_hide_what_is_told_of_the_engine(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    scaffold(folder)
    replaced(folder, "lab.yaml", "parameters:\n", "parameters:\n  engine: [steam, diesel]\n")
    assert any("`engine` is no parameter's name" in one.what for one in problems_of(folder))
