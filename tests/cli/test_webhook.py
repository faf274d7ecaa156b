"""A commit that came past the Git server is seen when a Git host tells of it."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.git import Repositories
from tests.cli.driver import CommandLine
from tests.waiting import eventually

LAB = str(Path(__file__).resolve().parents[1] / "course_mini" / "01-commit")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_a_signed_call_lets_the_engine_look(line: CommandLine) -> None:
    line.fine("start", LAB, "--yes")
    told = line.fine("app", "webhook", "--json").document
    repositories = Repositories(line.home / "workspaces" / "commit" / "repos")
    file = "deploy/config.yaml"
    before = repositories.read("notes", repositories.resolve("notes", "main"), file).decode()
    text = before.replace("nothing", "something")
    sha = repositories.commit("notes", "main", "Past the server", {file: text})

    assert _call(told["url"], told["secret"], {"repository": "other"}) == 404
    assert _call(told["url"], "guess", {"repository": "notes"}) == 401
    assert _revision(line) != sha, "nobody has told the engine yet"
    assert _call(told["url"], told["secret"], {"repository": "notes", "ref": "main"}) == 202
    eventually(lambda: _revision(line) == sha)
    assert _call(f"{told['url']}/more", told["secret"], {}) == 404


def _revision(line: CommandLine) -> str:
    return str(line.fine("app", "get", "notes", "--json").document["status"]["revision"])


def _call(url: str, secret: str, content: dict[str, str]) -> int:
    body = json.dumps(content).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(url, body, {"X-Signature": f"sha256={signature}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
