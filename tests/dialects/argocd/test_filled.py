"""What files beside the manifests and the build environment make of a source."""

import pytest

from gitops_lab.dialects.argocd.application.filled import Environment, Filling, expanded
from gitops_lab.engine.errors import RenderError

SHA = "0123456789abcdef0123456789abcdef01234567"
RAW = {"repoURL": "http://git/web.git", "path": "deploy", "targetRevision": "main"}


def fill(folder, raw, references=()):
    environment = Environment("web", "shop", "default", SHA)
    return Filling(folder, folder, environment, frozenset(references)).filled(raw)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$A-x", "1-x"),
        ("${A}x", "1x"),
        ("$$A", "$A"),
        ("$NONE.", "."),
        ("a$", "a$"),
        ("plain", "plain"),
    ],
)
def test_names_of_the_environment_stand_for_their_values(text, wanted):
    assert expanded(text, {"A": "1"}) == wanted


def test_parameters_images_and_labels_may_name_the_environment(tmp_path):
    found = fill(
        tmp_path,
        {
            **RAW,
            "helm": {
                "parameters": [{"name": "tag", "value": "$ARGOCD_APP_REVISION_SHORT"}],
                "valueFiles": ["${ARGOCD_APP_NAME}.yaml", "$values/$ARGOCD_APP_NAMESPACE.yaml"],
                "values": "kept: $ARGOCD_APP_NAME",
            },
            "kustomize": {
                "images": ["web:$ARGOCD_APP_SOURCE_TARGET_REVISION"],
                "commonLabels": {"app": "$ARGOCD_APP_NAME"},
                "commonAnnotations": {"app": "$ARGOCD_APP_NAME"},
            },
        },
        ["values"],
    )
    assert found["helm"]["parameters"] == [{"name": "tag", "value": "0123456"}]
    assert found["helm"]["valueFiles"] == ["web.yaml", "$values/shop.yaml"]
    assert found["helm"]["values"] == "kept: $ARGOCD_APP_NAME"
    assert found["kustomize"]["images"] == ["web:main"]
    assert found["kustomize"]["commonLabels"] == {"app": "web"}
    assert found["kustomize"]["commonAnnotations"] == {"app": "$ARGOCD_APP_NAME"}


def test_annotations_name_the_environment_where_it_is_asked_for(tmp_path):
    said = {"commonAnnotations": {"app": "$ARGOCD_APP_NAME"}, "commonAnnotationsEnvsubst": True}
    found = fill(tmp_path, {**RAW, "kustomize": said})
    assert found["kustomize"]["commonAnnotations"] == {"app": "web"}


def test_a_file_beside_the_manifests_is_merged_but_for_where_they_come_from(tmp_path):
    (tmp_path / ".argocd-source.yaml").write_text(
        "kustomize: {images: [web:1.1], namePrefix: null}\npath: other\n"
    )
    (tmp_path / ".argocd-source-web.yaml").write_text("kustomize: {nameSuffix: -x}\n")
    (tmp_path / ".argocd-source-shop.yaml").write_text("kustomize: {nameSuffix: -y}\n")
    found = fill(tmp_path, {**RAW, "kustomize": {"images": ["web:1.0"], "namePrefix": "a-"}})
    assert found == {**RAW, "kustomize": {"images": ["web:1.1"], "nameSuffix": "-x"}}


def test_such_a_file_that_is_no_mapping_is_told(tmp_path):
    (tmp_path / ".argocd-source.yaml").write_text("- a\n")
    with pytest.raises(RenderError, match=r"parsing source parameters: \.argocd-source\.yaml"):
        fill(tmp_path, RAW)


def test_a_parameter_may_be_the_text_of_a_file(tmp_path):
    (tmp_path / "web.txt").write_text("1\n")
    said = {"fileParameters": [{"name": "a.b", "path": "$ARGOCD_APP_NAME.txt"}]}
    found = fill(tmp_path, {**RAW, "helm": said})
    assert found["helm"] == {"parameters": [{"name": "a.b", "value": "1\n", "forceString": True}]}


def test_a_patch_may_be_the_text_of_a_file(tmp_path):
    (tmp_path / "more.yaml").write_text("- op: remove\n")
    said = {"patches": [{"path": "more.yaml", "target": {"kind": "Pod"}}]}
    found = fill(tmp_path, {**RAW, "kustomize": said})
    patch = {"patch": "- op: remove\n", "target": {"kind": "Pod"}}
    assert found["kustomize"]["patches"] == [patch]


@pytest.mark.parametrize("path", ["none.txt", "../secret.txt"])
def test_such_a_file_has_to_be_in_the_commit(tmp_path, path):
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "chart").mkdir()
    said = {"fileParameters": [{"name": "a", "path": path}]}
    with pytest.raises(RenderError, match="not in the commit"):
        fill(tmp_path / "chart", {**RAW, "helm": said})


def test_components_that_are_missing_are_left_out_where_it_is_asked_for(tmp_path):
    (tmp_path / "there").mkdir()
    said = {"components": ["there", "gone"], "ignoreMissingComponents": True}
    found = fill(tmp_path, {**RAW, "kustomize": said})
    assert found["kustomize"]["components"] == ["there"]
