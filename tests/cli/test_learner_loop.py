"""A learner goes through a lab by hand: the commands, git, kubectl and a browser's requests."""

import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("learner-loop")


def _clone(lab: CommandLine) -> Path:
    return lab.place / "gitops-lab" / "first-sync" / "web"


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def test_the_labs_are_listed(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    names = [entry["name"] for entry in line.fine("list", "--json").document]
    assert names[:4] == ["kubernetes-in-ten-minutes", "by-hand", "first-sync", "drift"]


def test_the_app_answers_where_open_says(lab: CommandLine) -> None:
    url = lab.fine("open", "--print", "--json").document["url"]
    assert "1.0" in _get(f"{url}/api/info")


def test_the_first_check_is_red_and_says_why(lab: CommandLine) -> None:
    ran = lab("check", "--json")
    assert ran.code == 1
    red = [check for check in ran.document["checks"] if not check["passed"]]
    assert red
    assert all(check["seen"] and check["expected"] and check["next"] for check in red)
    assert "Traceback" not in ran.out + ran.err


def test_a_hint_is_given(lab: CommandLine) -> None:
    assert lab.fine("hint", "--json").document["hint"]


def test_a_step_says_where_its_commands_are_for_but_not_to_somebody_who_is_there(
    lab: CommandLine,
) -> None:
    told = "Type the commands in `gitops-lab shell`"
    assert told in lab.fine("next").out
    assert told not in lab.fine("next", GITOPS_LAB_WORKSPACE="first-sync").out


def test_a_pushed_commit_is_live(lab: CommandLine) -> None:
    clone, url = _clone(lab), lab.fine("open", "--print", "--json").document["url"]
    manifest = clone / "deploy" / "deployment.yaml"
    manifest.write_text(manifest.read_text().replace("web:1.0", "web:1.1"))
    for arguments in (["commit", "-qam", "Release 1.1"], ["push", "-q"]):
        subprocess.run(["git", *arguments], cwd=clone, check=True, env=lab.environment)
    eventually(lambda: '"1.1"' in _get(f"{url}/api/info"))


def test_status_tells_of_the_apps_and_the_steps(lab: CommandLine) -> None:
    document = lab.fine("status", "--json").document
    assert document["running"]
    assert [app["name"] for app in document["apps"]] == ["web"]
    assert any(step["current"] for step in document["steps"])


def test_reset_brings_the_step_back_and_keeps_the_learners_files(lab: CommandLine) -> None:
    own = _clone(lab) / "notes.txt"
    own.write_text("mine")
    document = lab.fine("reset", "1", "--json").document
    saved = [Path(path) for path in document["saved"]]
    assert any((path / "notes.txt").exists() or path.name == "notes.txt" for path in saved)
    url = lab.fine("open", "--print", "--json").document["url"]
    eventually(lambda: '"1.0"' in _get(f"{url}/api/info"))


def test_solve_turns_every_step_green(lab: CommandLine) -> None:
    for _ in range(10):
        ran = lab.fine("solve", "--json")
        assert ran.document["green"]
        if all(step["passed"] for step in lab.fine("status", "--json").document["steps"]):
            return
    raise AssertionError("the steps never end")


def test_progress_is_kept(lab: CommandLine) -> None:
    record = lab.fine("progress", "--json").document[0]
    assert record["lab"] == "first-sync"
    assert record["finished"]


def test_the_shell_has_everything_set(lab: CommandLine, tmp_path: Path) -> None:
    script = tmp_path / "shell"
    script.write_text(
        "#!/bin/sh\nkubectl get deployment web -n web -o name && git fetch -q && "
        "git ls-remote -q origin main && pwd\n"
    )
    script.chmod(0o755)
    out = lab.fine("shell", SHELL=str(script)).out
    assert "deployment.apps/web" in out
    assert "refs/heads/main" in out
    assert str(_clone(lab)) in out


def test_stop_and_start_leave_everything_where_it_was(lab: CommandLine) -> None:
    before = lab.fine("kubectl", "--", "get", "deployment", "web", "-n", "web", "-o", "yaml").out
    steps = lab.fine("status", "--json").document["steps"]
    lab.fine("stop")
    stopped = lab("check")
    assert stopped.code == 3
    assert "start first-sync" in stopped.err
    lab.fine("start", "first-sync")
    after = lab.fine("kubectl", "--", "get", "deployment", "web", "-n", "web", "-o", "yaml").out
    uid = next(row for row in before.splitlines() if " uid:" in row)
    assert uid in after
    assert lab.fine("status", "--json").document["steps"] == steps


def test_no_credential_is_ever_printed(lab: CommandLine) -> None:
    token = next(lab.home.glob("workspaces/*/token")).read_text()
    shown = [
        lab("status", "--json"),
        lab("kubeconfig"),
        lab("app", "get", "web", "--json"),
        lab("start", "first-sync"),
    ]
    config = subprocess.run(
        ["git", "config", "--list"], cwd=_clone(lab), capture_output=True, text=True, check=True
    )
    assert all(token not in ran.out + ran.err for ran in shown)
    assert token not in config.stdout


def test_down_removes_all_but_the_clones(lab: CommandLine) -> None:
    document = lab.fine("down", "--json").document
    assert str(_clone(lab)) in document["kept"]
    assert _clone(lab).is_dir()
    assert not list(lab.home.glob("workspaces/*/"))
    assert lab("status").code == 3
