"""Artifacts as archives."""

from pathlib import Path

import pytest

from gitops_lab.dialects.flux.storage import ArtifactMissing, Storage

PLACE = ("GitRepository", "flux-system", "web")


def _folder(root: Path) -> Path:
    root.mkdir()
    (root / "deploy").mkdir()
    (root / "deploy" / "web.yaml").write_text("a: 1\n")
    (root / "picture.png").write_text("no")
    (root / "link").symlink_to("deploy/web.yaml")
    (root / "out").symlink_to("/etc/hostname")
    return root


def test_the_same_files_have_the_same_digest(tmp_path: Path) -> None:
    folder, storage = _folder(tmp_path / "a"), Storage(tmp_path / "state")
    first = storage.archive(PLACE, "one.tar.gz", "main@sha1:1", folder)
    second = storage.archive(PLACE, "two.tar.gz", "main@sha1:2", folder)
    assert first["digest"] == second["digest"]
    assert first["path"] == "gitrepository/flux-system/web/one.tar.gz"
    assert first["url"].endswith(f".svc.cluster.local./{first['path']}")
    assert first["size"] > 0


def test_an_artifact_is_unpacked_without_what_is_left_out_or_leads_out(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "state")
    folder = _folder(tmp_path / "a")
    artifact = storage.archive(
        PLACE, "one.tar.gz", "main", folder, leave_out=lambda path: path.endswith(".png")
    )
    unpacked = storage.folder(artifact)
    names = sorted(path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*"))
    assert names == ["deploy", "deploy/web.yaml", "link"]
    assert (unpacked / "link").read_text() == "a: 1\n"


def test_what_was_changed_or_removed_is_missing(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "state")
    artifact = storage.put(PLACE, "one.tgz", "1.0.0", b"chart")
    assert storage.exists(artifact)
    assert not storage.exists({**artifact, "digest": "sha256:0"})
    assert not storage.exists(None)
    storage.keep_only(PLACE, storage.put(PLACE, "two.tgz", "1.1.0", b"newer"))
    with pytest.raises(ArtifactMissing):
        storage.content(artifact)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a/../../b"])
def test_a_path_that_leads_out_is_no_artifact(tmp_path: Path, path: str) -> None:
    with pytest.raises(ArtifactMissing):
        Storage(tmp_path).content({"path": path, "digest": "sha256:0"})
