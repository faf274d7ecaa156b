"""What of the audit log counts in a lab's numbers."""

from typing import Any

from gitops_lab.checks.written import ENGINE, by_engine
from gitops_lab.course import measure
from gitops_lab.kube.audit import Written


def wrote(agent: str, group: str = "apps/v1", resource: str = "deployments", **but: Any) -> Written:
    words: dict[str, Any] = {
        "time": "2026-11-23T10:00:00.000000Z",
        "user": "learner",
        "acting_as": "",
        "user_agent": agent,
        "manager": "",
        "verb": "patch",
        "group": group,
        "resource": resource,
        "subresource": "",
        "namespace": "web",
        "name": "web",
        "code": 200,
        "dry_run": False,
    }
    return Written(**{**words, **but})


def test_what_is_to_be_counts_whoever_wrote_it() -> None:
    assert measure._counts(wrote("kubectl/v1.37"))
    assert measure._counts(wrote("kubectl/v1.37", "argoproj.io", "applications"))
    assert measure._counts(wrote(f"{ENGINE}/1"))


def test_what_an_engine_notes_for_itself_does_not_count() -> None:
    assert not measure._counts(wrote(f"{ENGINE}/1", "argoproj.io", "applications"))
    assert not measure._counts(wrote(f"{ENGINE}/1", "source.toolkit.fluxcd.io", "gitrepositories"))
    assert not measure._counts(wrote(f"{ENGINE}/1", "", "events"))
    assert not measure._counts(wrote("kubectl/v1.37", code=409))


def test_what_helm_keeps_of_a_release_does_not_count_and_the_release_itself_is_flux_s() -> None:
    secret = wrote("helm-controller/1", "", "secrets", name="sh.helm.release.v1.web.v1")

    assert not measure._counts(secret)
    assert measure._counts(wrote("helm-controller/1"))
    assert by_engine(wrote("helm-controller/1"))
    assert not by_engine(wrote("kubectl/v1.37", manager="helm-controller"))


def test_the_engine_has_one_name() -> None:
    assert [measure._named(tool) for tool in (ENGINE, "kubectl")] == ["the engine", "kubectl"]
