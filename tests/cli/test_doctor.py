"""`doctor` as a user has it."""

from pathlib import Path

from tests.cli.driver import CommandLine


def test_doctor_says_which_provider_can_work_and_ends_with_0(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    ran = line.fine("doctor", "--json")
    assert ran.document["works"]["embedded"] is True
    names = [check["name"] for check in ran.document["checks"]]
    assert {"python", "git", "kubectl", "home", "docker", "kind"} <= set(names)
    assert "--provider embedded  can work" in line.fine("doctor").out


def test_doctor_ends_with_3_where_the_default_provider_cannot_work(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    ran = CommandLine(tmp_path)("doctor", PATH=str(empty))
    assert ran.code == 3
    assert "git is not on PATH" in ran.out
    assert "--provider embedded  can't work yet: see git" in ran.out


def test_doctor_repairs_what_is_safe_and_says_so(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    assert not line.home.exists()
    ran = line.fine("doctor", "--fix")
    assert line.home.is_dir()
    assert f"made {line.home}" in ran.out
