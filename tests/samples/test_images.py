"""The samples' images hold what the embedded cluster runs, and are the same each time."""

import json
import tarfile
from pathlib import Path

import pytest

from gitops_lab.samples import catalog
from gitops_lab.samples.images import fingerprint, python, write_images


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("images") / "samples.tar"
    assert write_images(path) == list(catalog())
    return path


def _read(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        content = tar.extractfile(name)
        assert content is not None
        return content.read()


def test_each_tag_runs_what_the_catalogue_says(archive: Path) -> None:
    for entry in json.loads(_read(archive, "manifest.json")):
        [reference] = entry["RepoTags"]
        sample = catalog()[reference]
        config = json.loads(_read(archive, entry["Config"]))["config"]
        assert config["Entrypoint"][0] == python()
        assert config["Entrypoint"][1:-1] == list(sample.command[1:-1])
        assert {f"{n}={v}" for n, v in sample.environment.items()} <= set(config["Env"])
        assert config["ExposedPorts"] == {f"{port}/tcp": {} for port in sample.ports}


def test_all_tags_share_their_layers(archive: Path) -> None:
    manifest = json.loads(_read(archive, "manifest.json"))
    assert len({tuple(entry["Layers"]) for entry in manifest}) == 1


def test_the_interpreter_its_library_and_the_app_are_inside(archive: Path) -> None:
    manifest = json.loads(_read(archive, "manifest.json"))
    names: set[str] = set()
    with tarfile.open(archive) as tar:
        for layer in manifest[0]["Layers"]:
            with tarfile.open(fileobj=tar.extractfile(layer)) as inner:
                members = inner.getmembers()
                assert {(m.uid, m.gid, m.mtime) for m in members} == {(0, 0, 0)}
                names |= {member.name for member in members}
    assert python().lstrip("/") in names
    assert {"bin/sh", "usr/bin/sleep", "usr/bin/env"} <= names
    assert "app/web/main.py" in names
    assert any(name.endswith("/http/client.py") for name in names)
    assert not any("site-packages" in name for name in names)


def test_the_same_content_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()
    assert fingerprint() == fingerprint()
