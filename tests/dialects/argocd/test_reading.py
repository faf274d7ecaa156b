"""An Application, read: what it asks for, and the field that is not served, by its name."""

from typing import Any

import pytest

from gitops_lab.dialects.argocd.application import jq
from gitops_lab.dialects.argocd.application.options import (
    SyncOptions,
    delete_policies,
    hooks_of,
    is_hook,
    is_skipped,
    wave_of,
)
from gitops_lab.dialects.argocd.application.retry import Retry, seconds
from gitops_lab.dialects.argocd.application.sources import read_source
from gitops_lab.dialects.argocd.application.spec import Automated, read
from gitops_lab.dialects.argocd.application.values import typed, with_parameter
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.source_spec import Chart

URL = "http://127.0.0.1:1234/web.git"


def application(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "argocd", "name": "web"},
        "spec": {
            "project": "default",
            "source": {"repoURL": URL, "path": "deploy"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "web"},
            **spec,
        },
    }


def source(**more: Any) -> Any:
    return read_source({"repoURL": URL, "path": "deploy", **more}, "spec.source", lambda url: "web")


def annotated(**annotations: str) -> dict[str, Any]:
    names = {
        "hook": "argocd.argoproj.io/hook",
        "wave": "argocd.argoproj.io/sync-wave",
        "helm": "helm.sh/hook",
        "weight": "helm.sh/hook-weight",
        "delete": "argocd.argoproj.io/hook-delete-policy",
        "helm_delete": "helm.sh/hook-delete-policy",
    }
    said = {names[key]: value for key, value in annotations.items()}
    return {"kind": "Job", "metadata": {"name": "x", "annotations": said}}


def test_nothing_happens_by_itself_unless_it_is_said() -> None:
    spec = read(application())
    assert spec.automated is None
    automated = read(application(syncPolicy={"automated": {}})).automated
    assert automated == Automated(prune=False, self_heal=False, allow_empty=False)
    assert read(application(syncPolicy={"automated": {"enabled": False}})).automated is None


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"source": {"repoURL": URL, "path": 1}}, ""),
        ({"syncPolicy": {"automated": {"prune": "yes"}}}, "spec.syncPolicy.automated.prune"),
        ({"syncPolicy": {"retry": {"backoff": {"duration": "5 s"}}}}, "backoff.duration"),
        ({"sourceHydrator": {}}, "spec.sourceHydrator"),
        ({"ignoreDifferences": [{"group": "apps"}]}, "spec.ignoreDifferences[0].kind"),
    ],
)
def test_what_is_wrong_or_not_served_is_named(spec: dict[str, Any], field: str) -> None:
    if not field:
        with pytest.raises(AppError, match=r"spec\.source\.path"):
            read_source(spec["source"], "spec.source", lambda url: "web")
        return
    with pytest.raises(AppError) as caught:
        read(application(**spec))
    assert field in caught.value.message


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"chart": "web", "repoURL": "https://charts.test"}, "spec.source.repoURL"),
        (
            {"chart": "web", "repoURL": "http://127.0.0.1:8879", "kustomize": {"namePrefix": "x"}},
            "spec.source.kustomize",
        ),
        ({"plugin": {"name": "x"}}, "spec.source.plugin"),
        ({"repoURL": "oci://registry/web"}, "spec.source.repoURL"),
        ({"directory": {"jsonnet": {"libs": ["a"]}}}, "jsonnet"),
        ({"kustomize": {"version": "v5"}}, "kustomize.version"),
        ({"helm": {"fileParameters": [{"name": "a"}]}}, "fileParameters[0].path"),
        ({"helm": {"colour": "red"}}, "spec.source.helm.colour"),
    ],
)
def test_a_source_that_is_not_served_is_refused_by_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(AppError) as caught:
        source(**more)
    assert field in caught.value.message


def test_a_chart_comes_from_a_helm_repository_on_this_machine() -> None:
    found = source(chart="web", repoURL="http://127.0.0.1:8879/", targetRevision="1.x")
    assert found.chart == Chart("http://127.0.0.1:8879", "web")
    assert found.revision == "1.x"


def test_a_directory_is_not_searched_below_unless_it_is_said() -> None:
    assert not source().directory.recurse
    options = source(directory={"recurse": True, "include": "{a,b}.yaml"}).directory
    assert options.recurse
    assert options.include == ("a.yaml", "b.yaml")


def test_common_labels_go_into_selectors_as_argo_cd_has_them() -> None:
    assert source(kustomize={"commonLabels": {"a": "b"}}).kustomize.label_selectors
    loose = source(kustomize={"commonLabels": {"a": "b"}, "labelWithoutSelector": True}).kustomize
    assert not loose.label_selectors
    assert source(kustomize={"replicas": [{"name": "d", "count": "3"}]}).kustomize.replicas == (
        ("d", 3),
    )


def test_parameters_win_over_values_and_the_object_over_the_text() -> None:
    helm = source(
        helm={
            "values": "a: 1\nb: 2\n",
            "valuesObject": {"b": 3},
            "parameters": [{"name": "c.d[0]", "value": "4"}],
        }
    ).helm
    assert helm.values == '{"b": 3, "c": {"d": [4]}}'


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("12", 12), ("012", "012"), ("null", None), ("{a,1}", ["a", 1])],
)
def test_values_are_typed_as_by_helm_set(text: str, value: object) -> None:
    assert typed(text) == value


def test_a_dot_in_a_name_can_be_escaped() -> None:
    assert with_parameter({}, r"annotations.a\.b/c", 1) == {"annotations": {"a.b/c": 1}}


def test_hooks_of_both_kinds() -> None:
    assert hooks_of(annotated(hook="PreSync,PostSync")) == ("PreSync", "PostSync")
    assert hooks_of(annotated(helm="pre-install,pre-upgrade")) == ("PreSync",)
    assert not is_hook(annotated(helm="crd-install"))
    assert is_skipped(annotated(hook="Skip"))
    assert not is_hook(annotated(hook="Skip"))
    assert delete_policies(annotated(hook="Sync")) == ("BeforeHookCreation",)
    assert delete_policies(annotated(helm="pre-install", helm_delete="hook-succeeded")) == (
        "HookSucceeded",
    )


def test_a_wave_goes_before_a_helm_weight() -> None:
    assert wave_of(annotated(wave="-3", weight="5")) == -3
    assert wave_of(annotated(weight="5")) == 5
    assert wave_of(annotated(wave="soon")) == 0


def test_sync_options_default_to_what_argo_cd_does() -> None:
    assert SyncOptions.parse(()).propagation == "Foreground"
    assert SyncOptions.parse(()).validate
    options = SyncOptions.parse(
        ["Validate=false", "PrunePropagationPolicy=background", "Replace=true"]
    )
    assert (options.validate, options.propagation, options.replace) == (False, "Background", True)


@pytest.mark.parametrize(
    ("text", "value"), [("5s", 5.0), ("1m30s", 90.0), ("2", 2.0), ("soon", None), ("", None)]
)
def test_durations(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_waits_grow_up_to_the_longest_and_end_at_the_limit() -> None:
    retry = Retry(limit=2)
    assert [retry.delay(count) for count in range(8)] == [5, 10, 20, 40, 80, 160, 180, 180]
    assert [retry.allows(count) for count in range(3)] == [True, True, False]
    assert Retry(limit=-1).allows(1000)


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        (".spec.replicas", [("spec", "replicas")]),
        ('.metadata.annotations["a.b/c"]', [("metadata", "annotations", "a.b/c")]),
        (".spec.list[].name", [("spec", "list", "0", "name"), ("spec", "list", "1", "name")]),
        ('.spec.list[] | select(.name == "b") | .image', [("spec", "list", "1", "image")]),
        (".spec.missing.deep", []),
    ],
)
def test_jq_paths(expression: str, paths: list[tuple[str, ...]]) -> None:
    value = {
        "metadata": {"annotations": {"a.b/c": "x"}},
        "spec": {"replicas": 1, "list": [{"name": "a"}, {"name": "b", "image": "i"}]},
    }
    assert jq.jq_paths(expression, value) == paths


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ('.name == "web"', [0]),
        ('.name != "web"', [1, 2]),
        ('.name == "web" or .name == "job"', [0, 2]),
        ('(.name | startswith("istio")) and .on', [1]),
        ('.name | test("^(web|job)$")', [0, 2]),
        ('.name | endswith("proxy") | not', [0, 2]),
        ('.name | contains("-")', [1]),
        ('has("on")', [1]),
        (".on", [1]),
        (".on == null", [0, 2]),
    ],
)
def test_jq_conditions(condition: str, chosen: list[int]) -> None:
    value = {"list": [{"name": "web"}, {"name": "istio-proxy", "on": True}, {"name": "job"}]}
    expression = f".list[] | select({condition}) | .name"
    jq.check(expression)
    assert jq.jq_paths(expression, value) == [("list", str(at), "name") for at in chosen]


@pytest.mark.parametrize(
    "expression",
    [
        ".a | map(.b)",
        "del(.a)",
        ".a |",
        "select(.a > 1)",
        "select(.a == 1 or .b > 1)",
        'select(.a | test("("))',
        "select(.a | length)",
    ],
)
def test_jq_that_is_not_read_is_refused(expression: str) -> None:
    with pytest.raises(jq.JqError):
        jq.check(expression)
