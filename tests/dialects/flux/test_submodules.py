"""A GitRepository with submodules: left out, unless `recurseSubmodules` asks for them."""

from typing import Any

import pytest

from tests.dialects.flux.world import GIT, FluxWorld, ready_of
from tests.engine.source.test_submodules import add


def files_of(flux: FluxWorld) -> set[str]:
    """What is in the artifact of the GitRepository."""
    folder = flux.storage.folder(flux.until_ready("GitRepository")["status"]["artifact"])
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("url", [f"{GIT}/lib.git", "../lib.git"])
def test_the_commit_of_a_submodule_is_read_where_that_is_asked_for(
    flux: FluxWorld, url: str
) -> None:
    lib = flux.repo({"lib.yaml": "a: 1\n"}, "lib")
    flux.repo({"web.yaml": "a: 1\n"})
    add(flux.repositories, "web", url, lib, "vendor/lib")
    flux.git()
    assert files_of(flux) == {"web.yaml"}
    flux.patch("GitRepository", {"spec": {"recurseSubmodules": True}})

    def whole(obj: Any) -> bool:
        return bool(obj["status"].get("observedRecurseSubmodules"))

    flux.until("GitRepository", whole)
    assert files_of(flux) == {"web.yaml", "vendor/lib/lib.yaml"}


def test_a_submodule_of_elsewhere_is_a_fetch_that_failed(flux: FluxWorld) -> None:
    flux.repo({"web.yaml": "a: 1\n"})
    add(flux.repositories, "web", "https://github.com/some/lib", "1" * 40, "vendor/lib")
    flux.git(recurseSubmodules=True)
    _, reason, message = ready_of(flux.until_ready("GitRepository", "False"))
    assert reason == "GitOperationFailed"
    assert "vendor/lib" in message
