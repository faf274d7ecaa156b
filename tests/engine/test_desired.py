"""From rendered objects to what is applied."""

from dataclasses import replace

import pytest

from gitops_lab.engine.desired import Prepared, prepare
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.render import RenderedObject
from gitops_lab.kube import Object
from gitops_lab.kube.errors import UnknownKind
from tests.engine.objects import config_map, make_app

APP = make_app(destination={"namespace": "web"})


def rendered(*objects: Object) -> list[RenderedObject]:
    return [RenderedObject(obj, f"{n}.yaml", n + 1) for n, obj in enumerate(objects)]


def kind_of(api_version: str, kind: str) -> bool:
    if kind == "Gadget":
        raise UnknownKind({"message": "no"})
    return kind not in ("Namespace", "CustomResourceDefinition")


def test_objects_get_the_namespace_and_the_marks_and_lose_what_only_servers_write() -> None:
    source = config_map("a", {"k": "v", "gone": None})  # type: ignore[dict-item]
    source["status"] = {"x": 1}

    (one,) = prepare(APP, rendered(source), kind_of)

    assert one.obj == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "a",
            "namespace": "web",
            "labels": {"gitops-lab.dev/app": "web"},
            "annotations": {"gitops-lab.dev/app-id": "gitops/web"},
        },
        "data": {"k": "v"},
    }
    assert "namespace" not in source["metadata"], "what was rendered is shared and stays as it is"


def test_a_cluster_scoped_object_has_no_namespace_and_comes_first() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}

    first, _ = prepare(APP, rendered(config_map("a"), namespace), kind_of)

    assert (first.key.kind, first.key.namespace) == ("Namespace", "")


def test_an_object_written_twice_is_refused_with_both_places() -> None:
    twice = rendered(config_map("a"), config_map("a", namespace="web"))

    with pytest.raises(PlanError) as caught:
        prepare(APP, twice, kind_of)

    assert caught.value.reason == "DuplicateObject"
    assert "first in 0.yaml:1" in caught.value.message
    assert caught.value.place.file == "1.yaml"


@pytest.mark.parametrize("spec", ["x", {"names": ["x"]}, {}, None])
def test_a_definition_that_makes_no_sense_is_left_to_the_server(spec: object) -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
        "spec": spec,
    }

    assert len(prepare(APP, rendered(crd), kind_of)) == 1


@pytest.mark.parametrize(
    "content", [{"stringData": ["x"]}, {"stringData": {"a": "b"}, "data": ["x"]}]
)
def test_a_secret_that_makes_no_sense_is_left_to_the_server(content: Object) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **content}

    (one,) = prepare(APP, rendered(secret), kind_of)

    assert one.obj["stringData"] == content["stringData"]


def test_a_long_name_still_makes_a_valid_label() -> None:
    app = make_app("a" * 62 + "-" + "b" * 30)

    (one,) = prepare(app, rendered(config_map("a")), kind_of)

    assert one.obj["metadata"]["labels"]["gitops-lab.dev/app"] == "a" * 62


def test_what_a_commit_leaves_alone_is_not_made_anew_until_the_app_changes() -> None:
    same, changed = rendered(config_map("a"), config_map("b"))
    prepared = Prepared()
    first, _ = prepare(APP, [same, changed], kind_of, prepared=prepared)

    (again,) = prepare(APP, [same], kind_of, prepared=prepared)
    elsewhere = replace(make_app(destination={"namespace": "other"}), generation=2)
    (other,) = prepare(elsewhere, [same], kind_of, prepared=prepared)

    assert again is first
    assert other.key.namespace == "other"
