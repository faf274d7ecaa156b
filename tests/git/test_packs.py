"""Objects out of packs: the same as git reads, and no process is started for them."""

from pathlib import Path

import pytest

from gitops_lab.git import Repositories, TooLarge
from gitops_lab.git.objects import MissingObject, ObjectReader
from gitops_lab.git.packs import patched
from gitops_lab.git.process import clean_environment, run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Versions of a text that differ little, an empty file, noise that can't be made smaller."""
    repositories = Repositories(tmp_path)
    noise = b"".join(hash((n, 1)).to_bytes(8, "big", signed=True) for n in range(5000))
    lines = [f"line {number} of a long text\n" for number in range(3000)]
    repositories.create("r", {"text": "".join(lines), "empty": "", "noise": noise})
    for number in range(12):
        lines[number * 100] = f"changed in {number}\n"
        repositories.commit("r", "main", "change", {"text": "".join(lines), f"d/{number}": "x"})
    run(["tag", "-a", "-m", "told", "v1", "main"], cwd=repositories.path("r"), env=_named())
    return repositories.path("r")


def _named() -> dict[str, str]:
    return clean_environment({"user.name": "Ada", "user.email": "ada@example.org"})


def pack(repository: Path, *settings: str) -> None:
    run([*settings, "repack", "-adf", "--depth=40"], cwd=repository)
    run(["prune-packed"], cwd=repository)


def names(repository: Path) -> list[tuple[str, str, int]]:
    rows = run(["cat-file", "--batch-all-objects", "--batch-check"], cwd=repository)
    found = [line.split() for line in rows.decode().splitlines()]
    return [(sha, kind, int(size)) for sha, kind, size in found]


@pytest.mark.parametrize("by_offset", ["true", "false"])
def test_every_object_of_a_pack_is_as_git_reads_it(repository: Path, by_offset: str) -> None:
    pack(repository, "-c", f"repack.useDeltaBaseOffset={by_offset}")

    with ObjectReader(repository) as reader:
        for sha, kind, _ in names(repository):
            assert reader.read(sha) == (kind, run(["cat-file", kind, sha], cwd=repository))
        assert reader._batch is None


def test_offsets_beyond_two_gigabytes_are_followed(repository: Path) -> None:
    pack(repository)
    (file,) = (repository / "objects/pack").glob("*.pack")
    file.with_suffix(".idx").unlink()
    run(["index-pack", "--index-version=2,0x20", str(file)], cwd=repository)

    with ObjectReader(repository) as reader:
        assert all(reader.read(sha)[0] == kind for sha, kind, _ in names(repository))
        assert reader._batch is None


def test_what_is_over_the_limit_or_missing_is_refused_as_before(repository: Path) -> None:
    pack(repository)
    largest, _, size = max(names(repository), key=lambda each: each[2])

    with ObjectReader(repository) as reader:
        with pytest.raises(TooLarge, match=f"{size:,}"):
            reader.read(largest, limit=size - 1)
        with pytest.raises(MissingObject):
            reader.read("0" * 40)
        assert len(reader.read(largest, limit=size)[1]) == size


def test_an_index_of_another_version_is_left_to_git(repository: Path) -> None:
    pack(repository)
    (file,) = (repository / "objects/pack").glob("*.pack")
    file.with_suffix(".idx").unlink()
    run(["index-pack", "--index-version=1", str(file)], cwd=repository)

    with ObjectReader(repository) as reader:
        assert all(reader.read(sha)[0] == kind for sha, kind, _ in names(repository))
        assert reader._batch is not None


def test_a_damaged_pack_is_told_and_nothing_wrong_is_read(repository: Path) -> None:
    pack(repository)
    (file,) = (repository / "objects/pack").glob("*.pack")
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[40:] = bytes(len(content) - 40)
    file.write_bytes(content)

    with ObjectReader(repository) as reader:
        refused = 0
        for sha, _, _ in names_of_index(file):
            try:
                reader.read(sha)
            except MissingObject:
                refused += 1
    assert refused > 10


def names_of_index(file: Path) -> list[tuple[str, str, int]]:
    rows = run(["show-index"], cwd=file.parent, data=file.with_suffix(".idx").read_bytes())
    return [(line.split()[1], "", 0) for line in rows.decode().splitlines()]


def test_a_delta_that_does_not_fit_is_refused() -> None:
    hello = bytes([5, 3, 0b1001_0001, 1, 3])

    assert patched(b"hello", hello, 10) == b"ell"
    for base, delta, limit in ((b"hallo!", hello, 10), (b"hello", hello, 2), (b"hello", b"\5", 9)):
        with pytest.raises((ValueError, IndexError)):
            patched(base, delta, limit)
