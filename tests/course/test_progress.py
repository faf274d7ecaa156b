import json
import os
import threading
from pathlib import Path

import pytest

from gitops_lab.checks import Baseline, Stood
from gitops_lab.course import LabProgress, Progress
from gitops_lab.errors import GitOpsLabError


def test_what_was_noted_is_read_by_another_process(tmp_path: Path):
    baseline = Baseline({"main:ConfigMap/a/b": Stood("u", 3)}, {"web": {"refs/heads/main": "f0"}})
    Progress(tmp_path).change(
        "drift", lambda lab: lab.with_step("who", passed_at=5.0, hints=("a",), baseline=baseline)
    )

    step = Progress(tmp_path).lab("drift").step("who")

    assert (step.passed, step.hints, step.baseline) == (True, ("a",), baseline)


def test_a_lab_that_was_never_begun_is_empty(tmp_path: Path):
    assert Progress(tmp_path).lab("drift") == LabProgress()
    assert not (tmp_path / "progress.json").exists()


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path):
    def count(times: int) -> None:
        for _ in range(times):
            Progress(tmp_path).change(
                "a", lambda lab: lab.with_step("s", checks=lab.step("s").checks + 1)
            )

    threads = [threading.Thread(target=count, args=(10,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Progress(tmp_path).lab("a").step("s").checks == 40


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 1}',
        '{"version": 1, "labs": {"a": 3}}',
        '{"version": 1, "labs": []}',
    ],
)
def test_a_file_that_can_not_be_read_is_kept_aside(tmp_path: Path, text: str):
    (tmp_path / "progress.json").write_text(text)
    progress = Progress(tmp_path)

    assert progress.labs() == {}
    progress.change("a", lambda lab: lab.with_step("s", checks=1))

    (aside,) = tmp_path.glob("progress.json.broken-*")
    assert aside.read_text() == text
    assert aside.name in progress.notice
    assert progress.lab("a").step("s").checks == 1


def test_a_file_of_a_newer_release_is_left_alone(tmp_path: Path):
    (tmp_path / "progress.json").write_text('{"version": 99, "labs": {}}')

    with pytest.raises(GitOpsLabError, match="newer release") as caught:
        Progress(tmp_path).change("a", lambda lab: lab)

    assert caught.value.reason == "NewerProgress"
    assert json.loads((tmp_path / "progress.json").read_text())["version"] == 99


def test_a_home_that_can_not_be_written_is_told_with_the_fix(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(GitOpsLabError, match="progress can't be kept") as caught:
        Progress(tmp_path / "file" / "home").change("a", lambda lab: lab)

    assert "GITOPS_LAB_HOME" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_told(tmp_path: Path):
    tmp_path.chmod(0o500)

    with pytest.raises(GitOpsLabError):
        Progress(tmp_path).change("a", lambda lab: lab)
