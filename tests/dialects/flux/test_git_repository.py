"""GitRepository: what is fetched, and what the status says."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.draft import REQUESTED_AT
from gitops_lab.kube.errors import Invalid
from gitops_lab.kube.objects import condition_of
from tests.dialects.flux.world import GIT, FluxWorld, ready_of

KIND = "GitRepository"
FILES = {"deploy/web.yaml": "a: 1\n", "docs/logo.png": "no", "README.md": "web"}


def test_a_commit_is_stored_and_said_as_flux_says_it(flux: FluxWorld) -> None:
    sha = flux.repo(FILES)
    flux.git()
    obj = flux.until_ready(KIND)
    stored = f"stored artifact for revision 'main@sha1:{sha}'"
    assert ready_of(obj) == ("True", "Succeeded", stored)
    assert [one["type"] for one in obj["status"]["conditions"]] == ["Ready", "ArtifactInStorage"]
    assert obj["metadata"]["finalizers"] == ["finalizers.fluxcd.io"]
    assert obj["status"]["observedGeneration"] == 1
    artifact = obj["status"]["artifact"]
    assert artifact["revision"] == f"main@sha1:{sha}"
    assert artifact["path"] == f"gitrepository/{flux.namespace}/web/{sha}.tar.gz"
    [event] = [one for one in flux.events(KIND) if one["reason"] == "NewArtifact"]
    assert event["message"] == "stored artifact for commit 'Add the first files'"
    assert event["metadata"]["annotations"] == {
        "source.toolkit.fluxcd.io/revision": artifact["revision"],
        "source.toolkit.fluxcd.io/digest": artifact["digest"],
    }


def test_a_push_is_seen_at_once_in_a_lab_and_says_so(flux: FluxWorld) -> None:
    flux.repo(FILES)
    flux.git()
    flux.until_ready(KIND)
    sha = flux.push({"deploy/web.yaml": "a: 2\n"})
    obj = flux.until(KIND, lambda obj: sha in obj["status"]["artifact"]["revision"])
    annotations = obj["metadata"]["annotations"]
    assert "timing lab" in annotations["gitops-lab.dev/triggered-by"]
    handled = annotations[REQUESTED_AT]
    flux.until(KIND, lambda obj: obj["status"].get("lastHandledReconcileAt") == handled)


def test_without_a_webhook_a_push_is_seen_at_the_next_interval(idle: FluxWorld) -> None:
    idle.timing = "real"
    idle.start()
    first = idle.repo(FILES)
    idle.git(interval="2s")
    idle.git("slow", interval="10m")
    idle.until_ready(KIND)
    idle.until_ready(KIND, name="slow")
    sha = idle.push({"deploy/web.yaml": "a: 2\n"})
    obj = idle.until(KIND, lambda obj: sha in obj["status"]["artifact"]["revision"])
    assert "annotations" not in obj["metadata"]
    assert first in idle.get(KIND, "slow")["status"]["artifact"]["revision"]


def test_a_request_is_handled_and_echoed(flux: FluxWorld) -> None:
    flux.repo(FILES)
    flux.git()
    flux.until_ready(KIND)
    flux.patch(KIND, {"metadata": {"annotations": {REQUESTED_AT: "now"}}})
    flux.until(KIND, lambda obj: obj["status"].get("lastHandledReconcileAt") == "now")


def test_a_suspended_source_stays_where_it_is(flux: FluxWorld) -> None:
    first = flux.repo(FILES)
    flux.git()
    flux.until_ready(KIND)
    flux.patch(KIND, {"spec": {"suspend": True}})
    flux.until(KIND, lambda obj: obj["status"]["observedGeneration"] == 2)
    flux.push({"deploy/web.yaml": "a: 2\n"})
    flux.patch(KIND, {"metadata": {"annotations": {REQUESTED_AT: "now"}}})
    obj = flux.until(KIND, lambda obj: obj["status"].get("lastHandledReconcileAt") == "now")
    assert first in obj["status"]["artifact"]["revision"]


@pytest.mark.parametrize(
    ("spec", "reason", "told"),
    [
        ({"ref": {"branch": "nope"}}, "GitOperationFailed", 'remote ref "refs/heads/nope"'),
        ({"ref": {}}, "GitOperationFailed", 'remote ref "refs/heads/master"'),
        ({"ref": {"semver": ">=1"}}, "GitOperationFailed", "no match found for semver: >=1"),
        ({"ref": {"name": "refs/x"}}, "GitOperationFailed", "unable to resolve ref 'refs/x'"),
        ({"url": f"{GIT}/other.git"}, "GitOperationFailed", "repository not found"),
        (
            {"url": "https://example.com/a"},
            "GitOperationFailed",
            "the repositories of this workspace only",
        ),
        ({"secretRef": {"name": "x"}}, "AuthenticationFailed", "failed to get secret"),
        ({"sparseCheckout": ["x"]}, "GitOperationFailed", "sparse checkout dir 'x' does not"),
        ({"proxySecretRef": {"name": "x"}}, "UnsupportedField", "spec.proxySecretRef"),
        ({"provider": "azure"}, "UnsupportedField", "spec.provider"),
        ({"include": [{"repository": {"name": "x"}}]}, "NotFound", "for include 'x'"),
    ],
)
def test_what_can_not_be_had_is_said(
    flux: FluxWorld, spec: dict[str, Any], reason: str, told: str
) -> None:
    flux.repo(FILES)
    flux.git(**spec)
    obj = flux.until_ready(KIND, "False")
    status, seen, message = ready_of(obj)
    assert (status, seen) == ("False", reason)
    assert told in message
    stalled = condition_of(obj, "Stalled")
    assert (stalled is not None) == (reason == "UnsupportedField")
    assert "artifact" not in obj["status"]


def test_a_failure_is_forgotten_when_it_is_over(flux: FluxWorld) -> None:
    flux.repo(FILES)
    flux.git(ref={"branch": "nope"})
    flux.until_ready(KIND, "False")
    flux.patch(KIND, {"spec": {"ref": {"branch": "main"}}})
    obj = flux.until_ready(KIND)
    assert [one["type"] for one in obj["status"]["conditions"]] == ["Ready", "ArtifactInStorage"]


def test_tags_versions_names_and_commits_are_named_as_flux_names_them(flux: FluxWorld) -> None:
    sha = flux.repo(FILES)
    refs = flux.repositories.path("web") / "refs" / "tags"
    refs.mkdir(parents=True, exist_ok=True)
    for tag in ("v1.0.0", "v1.2.0", "v2.0.0"):
        (refs / tag).write_text(f"{sha}\n")
    wanted = {
        "tag": ({"tag": "v1.0.0"}, f"v1.0.0@sha1:{sha}"),
        "semver": ({"semver": "1.x"}, f"v1.2.0@sha1:{sha}"),
        "name": ({"name": "refs/heads/main"}, f"refs/heads/main@sha1:{sha}"),
        "commit": ({"commit": sha}, f"sha1:{sha}"),
        "both": ({"commit": sha, "branch": "main", "tag": "no"}, f"main@sha1:{sha}"),
    }
    for name, (ref, _) in wanted.items():
        flux.git(name, ref=ref)
    for name, (_, revision) in wanted.items():
        obj = flux.until_ready(KIND, name=name)
        assert obj["status"]["artifact"]["revision"] == revision


def test_files_are_left_out_chosen_and_included(flux: FluxWorld) -> None:
    flux.repo({**FILES, "deploy/.sourceignore": "secret.yaml\n", "deploy/secret.yaml": "s"})
    flux.repo({"base/app.yaml": "b"}, "base")
    flux.git("base", url=f"{GIT}/base.git")
    flux.until_ready(KIND, name="base")
    include = [{"repository": {"name": "base"}, "fromPath": "base", "toPath": "deploy/base"}]
    flux.git(sparseCheckout=["./deploy"], include=include, ignore="*.md\n")
    obj = flux.until_ready(KIND)
    assert obj["status"]["observedSparseCheckout"] == ["./deploy"]
    assert obj["status"]["includedArtifacts"][0]["path"].startswith("gitrepository/")
    folder = flux.storage.folder(obj["status"]["artifact"])
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert files == ["deploy/.sourceignore", "deploy/base/app.yaml", "deploy/web.yaml"]


def test_a_deleted_source_takes_its_files_along(flux: FluxWorld) -> None:
    flux.repo(FILES)
    flux.git()
    artifact = flux.until_ready(KIND)["status"]["artifact"]
    assert flux.storage.exists(artifact)
    flux.delete(KIND)
    assert not flux.storage.exists(artifact)


@pytest.mark.parametrize(
    "spec",
    [
        {"url": "git@example.com:x"},
        {"interval": "soon"},
        {"verify": {"mode": "HEAD"}},
        {"serviceAccountName": "x"},
    ],
)
def test_the_api_refuses_what_flux_would_refuse(flux: FluxWorld, spec: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        flux.git(**spec)
