"""Archives are taken apart below their folder, whatever is in them."""

import io
import tarfile
from pathlib import Path

import pytest

from gitops_lab.engine.unpack import unpack


def archive_of(*members: tuple[str, str]) -> tarfile.TarFile:
    """(name, content) of files; `name -> target` is a link."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members:
            path, _, target = name.partition(" -> ")
            entry = tarfile.TarInfo(path)
            if target:
                entry.type, entry.linkname = tarfile.SYMTYPE, target
            entry.size = 0 if target else len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    packed.seek(0)
    return tarfile.open(fileobj=packed)


def test_files_and_links_inside_are_written(tmp_path: Path) -> None:
    unpack(archive_of(("./a/b.yaml", "b"), ("c.yaml -> a/b.yaml", "")), tmp_path / "x")
    assert (tmp_path / "x" / "c.yaml").read_text() == "b"
    assert (tmp_path / "x" / "a" / "b.yaml").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "members",
    [
        [("../out", "x")],
        [("/etc/out", "x")],
        [("a/../../out", "x")],
        [("a -> ..", "")],
        [("a -> /etc", "")],
        [("b/a -> ../../out", "")],
    ],
)
def test_what_leads_out_is_refused(tmp_path: Path, members: list[tuple[str, str]]) -> None:
    with pytest.raises(tarfile.TarError):
        unpack(archive_of(*members), tmp_path / "x")
    assert not (tmp_path / "out").exists()
