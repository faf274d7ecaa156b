"""Proofs as JUnit XML, which continuous integration shows."""

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from gitops_lab.course.proof import LabProof, Part


def write(proofs: Iterable[LabProof], file: Path) -> None:
    """One suite a lab, one case a part."""
    root = ElementTree.Element("testsuites", name="gitops-lab author prove")
    for proof in proofs:
        _suite(root, proof)
    file.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _suite(root: ElementTree.Element, proof: LabProof) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=proof.name, time=f"{proof.seconds:.3f}")
    cases = failures = 0
    for step in proof.steps:
        for part in step.parts:
            cases += 1
            failures += _case(suite, f"{proof.name}.{step.id}", part)
    troubles = [*proof.left, *([proof.failure] if proof.failure else [])]
    ended = Part(
        "end", "ends, and leaves nothing behind", "", "", not troubles, "; ".join(troubles)
    )
    failures += _case(suite, proof.name, ended)
    suite.set("tests", str(cases + 1))
    suite.set("failures", str(failures))


def _case(suite: ElementTree.Element, classname: str, part: Part) -> int:
    name = f"{part.what}: {part.name}"
    case = ElementTree.SubElement(
        suite, "testcase", classname=classname, name=name, time=f"{part.seconds:.3f}"
    )
    if part.passed:
        return 0
    message = f"expected {part.expected}, seen {part.seen}" if part.expected else part.detail
    ElementTree.SubElement(case, "failure", message=message).text = part.detail
    return 1
