"""A Secret in Git: whether anybody can read it there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gitops_lab.checks import Encrypted
from gitops_lab.git import Repositories

SECRET = "kind: Secret\nstringData: {password: %s, user: %s}\n"
SEALED = SECRET % ('"ENC[AES256_GCM,data:1]"', '"ENC[AES256_GCM,data:2]"')
SOPS = "sops: {mac: '1'}\n"


def world(tmp_path: Path, text: str) -> Any:
    repositories = Repositories(tmp_path)
    repositories.create("notes", {"s.yaml": text}, message="Try")
    return SimpleNamespace(repositories=repositories)


@pytest.mark.parametrize(
    ("text", "passed", "seen"),
    [
        (SEALED + SOPS, True, "nobody can read them"),
        (SEALED, False, "the Secret is not encrypted"),
        (SECRET % ("x", '"ENC[1]"') + SOPS, False, "stringData.password is not encrypted"),
        (SEALED + SOPS + "# is it 4711?\n", False, "s.yaml shows what it should hide"),
        (SEALED + SOPS + "# NDcxMQ==\n", False, "s.yaml shows what it should hide"),
        ("kind: ConfigMap\n", False, "s.yaml has no Secret"),
    ],
)
def test_a_secret_that_anybody_can_read_is_told(
    tmp_path: Path, text: str, passed: bool, seen: str
) -> None:
    sight = Encrypted("notes", "s.yaml", ("4711",)).look(world(tmp_path, text))

    assert (sight.passed, sight.seen) == (passed, seen)


def test_a_file_that_is_missing_or_no_yaml_is_told(tmp_path: Path) -> None:
    odd = world(tmp_path, "a: [")

    assert Encrypted("notes", "t.yaml").look(odd).seen == "main has no file t.yaml"
    assert Encrypted("notes", "s.yaml").look(odd).link == "render"
