"""The samples' images run alike, whether made of this Python or built on a public base."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.samples import catalog
from gitops_lab.workspace.kind import sample_images
from tests.kind.conftest import docker
from tests.waiting import eventually

BASE = "gitops-lab/tier-base:python"


def _answers(image: str) -> dict[str, str]:
    container = docker("run", "--detach", "--label=gitops-lab-tier", "--network=none", image)
    question = (
        "import http.client as h;c=h.HTTPConnection('127.0.0.1',8080);"
        "c.request('GET','/api/info');print(c.getresponse().read().decode())"
    )
    try:
        eventually(lambda: "listens" in docker("logs", container))
        found: dict[str, str] = json.loads(docker("exec", container, "python3", "-c", question))
        return found
    finally:
        docker("rm", "--force", "--volumes", container)


def _forget(*images: str) -> None:
    found = [image for image in images if docker("image", "ls", "-q", image)]
    if found:
        docker("image", "rm", "--force", *found)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    yield
    _forget(*catalog(), BASE)


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("built", [False, True])
def test_an_image_answers_as_its_tag_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: bool
) -> None:
    monkeypatch.setenv("GITOPS_LAB_CACHE", str(tmp_path))
    docker("load", "--input", str(sample_images.archive()))
    if built:  # the image just loaded stands for the public one with a Python
        docker("tag", "gitops-lab/web:2.0", BASE)
        _forget(*catalog())
        monkeypatch.setenv(sample_images.BASE_VARIABLE, BASE)
        docker("load", "--input", str(sample_images.archive()))
    shell = ("--entrypoint", "sh", "gitops-lab/web:1.0", "-c", "sleep 0; echo in $(ls -d /app)")
    assert docker("run", "--rm", "--network=none", *shell) == "in /app"
    for version, colour in (("1.1", "green"), ("2.0", "purple")):
        info = _answers(f"gitops-lab/web:{version}")
        assert (info["version"], info["colour"]) == (version, colour)
