"""How long git may take: what hangs is ended, and what has much to read is not."""

from pathlib import Path

import pytest

from gitops_lab.git.errors import CommandFailed
from gitops_lab.git.process import run


def test_a_command_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"`git -c` did not end within 0 s"):
        run(["-c", "alias.hang=!exec sleep 3", "hang"], cwd=tmp_path, timeout=0.2)


def test_who_is_given_more_to_read_has_more_time(tmp_path: Path) -> None:
    much = b"x" * 30_000_000

    answer = run(["hash-object", "--stdin"], cwd=tmp_path, data=much, timeout=0)

    assert len(answer.strip()) == 40
