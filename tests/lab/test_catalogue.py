"""Catalogues of labs: what was agreed to stays, and an update is another thing to agree to."""

from pathlib import Path

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.lab import catalogue, load
from gitops_lab.lab.scaffold import scaffold
from tests.lab.test_foreign import git


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    place = tmp_path / "theirs"
    for name in ("one", "two"):
        scaffold(place / "labs" / name)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "Two labs")
    return place


def test_labs_have_the_catalogues_name_in_front(tmp_path: Path, theirs: Path):
    home = tmp_path / "home"
    offered = catalogue.offer(f"git+file://{theirs}", home)
    assert list(offered.labs) == ["one", "two"]
    assert [file for file in offered.files if file.endswith("lab.yaml")] == [
        "labs/one/lab.yaml",
        "labs/two/lab.yaml",
    ]
    assert [file for file in offered.files if "checks/test_" in file]

    made = catalogue.install(offered, "ours", home)

    assert catalogue.catalogues(home) == [made]
    assert not list(made.folder.rglob(".git"))
    found = catalogue.folder_of("ours/two", home)
    assert found is not None
    assert load(found).name == "two"
    assert catalogue.folder_of("./my-lab", home) is None
    with pytest.raises(UsageError, match="no lab called three"):
        catalogue.folder_of("ours/three", home)


def test_an_update_waits_beside_what_was_agreed_to(tmp_path: Path, theirs: Path):
    home = tmp_path / "home"
    made = catalogue.install(catalogue.offer(f"git+file://{theirs}", home), "ours", home)
    readme = theirs / "labs" / "one" / "README.md"
    before = readme.read_text()
    readme.write_text(f"{before}\nMore.\n")
    git(theirs, "commit", "-qam", "More")

    offered = catalogue.offer(made.address, home)
    assert (made.labs["one"] / "README.md").read_text() == before

    after = catalogue.install(offered, "ours", home)
    assert after.commit != made.commit
    assert (catalogue.installed("ours", home).labs["one"] / "README.md").read_text() != before
    assert catalogue.remove("ours", home) == after
    assert catalogue.catalogues(home) == []


def test_a_repository_without_labs_and_an_odd_name_are_refused(tmp_path: Path, theirs: Path):
    home = tmp_path / "home"
    offered = catalogue.offer(f"git+file://{theirs}", home)
    for name in ("../out", "Our Labs", ""):
        with pytest.raises(UsageError, match="can't be called"):
            catalogue.install(offered, name, home)
    with pytest.raises(UsageError, match="no catalogue"):
        catalogue.installed("../out", home)
    with pytest.raises(UsageError, match="holds no lab"):
        catalogue.offer(f"git+file://{theirs}#labs/one/checks", home)
