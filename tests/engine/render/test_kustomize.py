import pytest

from gitops_lab.engine.app import KustomizeOptions
from gitops_lab.engine.render.kustomize import build
from gitops_lab.engine.source_spec import Patch
from tests.engine.render.conftest import manifest

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "gitops-lab/web:1.0"}]
"""
BASE = {
    "base/kustomization.yaml": "resources:\n  - web.yaml\n  - service.yaml\n",
    "base/web.yaml": "# the web page\n---\n" + DEPLOYMENT,
    "base/service.yaml": manifest("Service", "web", "spec: {ports: [{port: 80}]}\n"),
}
OVERLAY = "overlays/dev/kustomization.yaml"


def by_kind(result):
    return {item.obj["kind"]: item for item in result.objects}


def test_an_overlay_is_built_and_each_object_names_its_source(rendered):
    kustomization = (
        "resources: [../../base]\n"
        "namePrefix: dev-\n"
        "configMapGenerator:\n"
        "  - name: settings\n"
        "    files: [app.conf]\n"
    )
    files = {**BASE, OVERLAY: kustomization, "overlays/dev/app.conf": "colour=blue"}
    found = by_kind(rendered(files, "overlays/dev"))
    assert found["Deployment"].obj["metadata"]["name"] == "dev-web"
    assert (found["Deployment"].file, found["Deployment"].line) == ("base/web.yaml", 3)
    assert (found["Service"].file, found["Service"].line) == ("base/service.yaml", 1)
    assert found["ConfigMap"].obj["data"] == {"app.conf": "colour=blue"}
    assert (found["ConfigMap"].file, found["ConfigMap"].line) == (OVERLAY, 4)


def test_the_app_may_set_what_an_overlay_would(rendered):
    options = KustomizeOptions(
        name_prefix="a-",
        name_suffix="-z",
        namespace="dev",
        images=("gitops-lab/web=registry.local:5000/web:2.0",),
        labels={"team": "blue"},
    )
    deployment = by_kind(rendered(BASE, "base", kustomize=options))["Deployment"]
    assert deployment.obj["metadata"]["name"] == "a-web-z"
    assert deployment.obj["metadata"]["namespace"] == "dev"
    assert deployment.obj["metadata"]["labels"] == {"team": "blue"}
    (container,) = deployment.obj["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.local:5000/web:2.0"
    assert deployment.file == "base/web.yaml"


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("web:1.1", {"name": "web", "newTag": "1.1"}),
        ("a/web@sha256:12", {"name": "a/web", "digest": "sha256:12"}),
        ("web=r:5000/web:2", {"name": "web", "newName": "r:5000/web", "newTag": "2"}),
        ("web=r:5000/web", {"name": "web", "newName": "r:5000/web"}),
    ],
)
def test_images_are_written_as_for_kustomize_edit(text, image):
    assert build._image(text) == image


@pytest.mark.parametrize(
    "entry",
    [
        "https://example.com/base.yaml",
        "github.com/org/repo//base?ref=v1",
        "git@example.com:org/repo.git",
        "ssh://git@example.com/x",
        "example.com:org/repo",
    ],
)
@pytest.mark.parametrize("key", ["resources", "components", "bases", "transformers"])
def test_remote_bases_are_refused_before_anything_runs(rendered, monkeypatch, entry, key):
    monkeypatch.setattr(build, "kubectl", lambda: pytest.fail("kubectl was started"))
    text = (
        f"resources: []\n{key}:\n  - {entry}\n"
        if key != "resources"
        else (f"# base\nresources:\n  - {entry}\n")
    )
    error = rendered.error({OVERLAY: text}, "overlays/dev")
    assert (error.reason, error.place.file, error.place.line) == ("RemoteBase", OVERLAY, 3)
    assert entry in error.message


def test_remote_files_of_generators_and_patches_are_refused(rendered):
    for text in (
        "configMapGenerator:\n- name: a\n  files: ['k=https://example.com/x']\n",
        "secretGenerator:\n- name: a\n  envs: ['https://example.com/x']\n",
        "patches:\n- path: https://example.com/x.yaml\n",
        "openapi: {path: https://example.com/x.json}\n",
        "crds: [https://example.com/x.json]\n",
    ):
        assert rendered.error({OVERLAY: text}, "overlays/dev").reason == "RemoteBase"


def test_remote_files_in_the_settings_of_a_plugin_are_refused(rendered):
    patch = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: %s\n"
    inline = "transformers:\n- |-\n  " + (patch % "http://127.0.0.1:1/x").replace("\n", "\n  ")
    assert rendered.error({OVERLAY: inline}, "overlays/dev").reason == "RemoteBase"
    generator = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nfiles:\n- %s\n"
    files = {
        OVERLAY: "generators: [plugin.yaml]\n",
        "overlays/dev/plugin.yaml": generator % "k=http://127.0.0.1:1/x",
    }
    assert rendered.error(files, "overlays/dev").reason == "RemoteBase"


def test_an_address_that_is_only_a_value_is_no_remote_file(rendered):
    transformer = (
        "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: a}\n"
        "annotations:\n  docs: https://example.com/x\n"
        "fieldSpecs:\n- path: metadata/annotations\n  create: true\n"
    )
    files = {
        **BASE,
        OVERLAY: "resources: [../../base]\ntransformers: [docs.yaml]\n",
        "overlays/dev/docs.yaml": transformer,
    }
    service = by_kind(rendered(files, "overlays/dev"))["Service"]
    assert service.obj["metadata"]["annotations"] == {"docs": "https://example.com/x"}


def test_a_remote_base_of_a_base_is_refused_with_its_own_place(rendered):
    files = {
        OVERLAY: "resources: [../../base]\n",
        "base/kustomization.yaml": "resources:\n- https://example.com/x\n",
    }
    error = rendered.error(files, "overlays/dev")
    assert (error.place.file, error.place.line) == ("base/kustomization.yaml", 2)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("../../bse", "MissingBase"),
        ("web.yml", "MissingFile"),
        ("../../docs", "MissingBase"),
        ("../../../../etc", "UnsafePath"),
        ("/etc/passwd", "UnsafePath"),
    ],
)
def test_what_is_missing_is_named_with_its_line(rendered, entry, reason):
    files = {OVERLAY: f"namePrefix: a-\nresources:\n  - {entry}\n", "docs/readme.md": "x"}
    error = rendered.error(files, "overlays/dev")
    assert (error.reason, error.place.file, error.place.line) == (reason, OVERLAY, 3)
    assert entry in error.message


def test_files_outside_the_build_are_not_read(rendered):
    text = "configMapGenerator:\n- name: a\n  files: [../../README.md]\n"
    error = rendered.error({OVERLAY: text}, "overlays/dev")
    assert error.reason == "KustomizeFailed"
    assert "security" in error.message


def test_broken_yaml_in_a_base_names_file_and_line(rendered):
    broken = {
        **BASE,
        "base/service.yaml": "apiVersion: v1\nkind: [\n",
        OVERLAY: "resources: [../../base]",
    }
    error = rendered.error(broken, "overlays/dev")
    assert (error.reason, error.place.file) == ("InvalidYaml", "base/service.yaml")
    assert error.place.line >= 2


def test_a_broken_patch_names_file_and_line(rendered):
    files = {
        **BASE,
        OVERLAY: "resources: [../../base]\npatches:\n- path: patch.yaml\n",
        "overlays/dev/patch.yaml": "kind: Deployment\nspec: [\n",
    }
    error = rendered.error(files, "overlays/dev")
    assert error.place.file == "overlays/dev/patch.yaml"


def test_a_patch_without_a_target_is_kustomizes_own_error_without_our_paths(rendered):
    files = {
        **BASE,
        OVERLAY: "resources: [../../base]\npatches:\n- path: patch.yaml\n",
        "overlays/dev/patch.yaml": DEPLOYMENT.replace("name: web\nspec", "name: nope\nspec"),
    }
    error = rendered.error(files, "overlays/dev")
    assert (error.reason, error.place.file) == ("KustomizeFailed", OVERLAY)
    assert "nope" in error.message
    assert str(rendered.store._folders) not in error.message


@pytest.mark.parametrize(
    ("wrong", "next_"),
    [
        ("images:\n- name: web\n  newTag: 1.1\n", "Put the value of newTag in quotes"),
        ("replicas:\n- name: web\n- patch: x\n", "No field of a kustomization is called patch"),
    ],
)
def test_what_everybody_gets_wrong_is_told_with_its_line_and_its_cure(rendered, wrong, next_):
    files = {**BASE, OVERLAY: f"resources: [../../base]\n{wrong}"}
    error = rendered.error(files, "overlays/dev")
    assert (error.place.file, error.place.line) == (OVERLAY, 4)
    assert next_ in error.hint


def test_helm_in_a_kustomization_is_refused(rendered):
    error = rendered.error({OVERLAY: "helmCharts:\n- name: x\n"}, "overlays/dev")
    assert (error.reason, error.place.line) == ("HelmUnsupported", 1)


def test_a_kustomization_that_is_no_mapping_is_refused(rendered):
    assert rendered.error({OVERLAY: "- a\n"}, "overlays/dev").reason == "InvalidKustomization"


def test_a_build_without_end_is_ended(rendered, monkeypatch, tmp_path):
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nwhile :; do :; done\n")
    endless.chmod(0o755)
    monkeypatch.setattr(build, "kubectl", lambda: endless)
    monkeypatch.setattr(build, "SECONDS", 0.3)
    assert rendered.error(BASE, "base").reason == "Timeout"


def test_a_build_without_measure_is_ended(rendered, monkeypatch, tmp_path):
    flood = tmp_path / "flood"
    flood.write_text("#!/bin/sh\nwhile :; do echo 0123456789012345678901234567890; done\n")
    flood.chmod(0o755)
    monkeypatch.setattr(build, "kubectl", lambda: flood)
    monkeypatch.setattr(build, "OUTPUT_BYTES", 10_000)
    assert rendered.error(BASE, "base").reason == "TooLarge"


def test_the_build_sees_nothing_of_the_user(rendered, monkeypatch, tmp_path):
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\nexport -p >{tmp_path}/seen\necho kind: x >&2\nexit 1\n")
    spy.chmod(0o755)
    monkeypatch.setattr(build, "kubectl", lambda: spy)
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    rendered.error(BASE, "base")
    seen = (tmp_path / "seen").read_text()
    assert "SECRET_OF_THE_USER" not in seen
    assert "gitops-lab-kustomize-" in seen


def test_the_app_may_patch_annotate_and_add_components(rendered):
    component = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "configMapGenerator: [{name: extra, literals: [a=b]}]\n"
    )
    files = {**BASE, "parts/extra/kustomization.yaml": component}
    replicas = '[{"op": "add", "path": "/spec/replicas", "value": 4}]'
    options = KustomizeOptions(
        annotations={"team": "blue"},
        patches=(
            Patch("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n"),
            Patch(replicas, {"kind": "Deployment"}),
        ),
        components=("../parts/extra",),
    )
    found = by_kind(rendered(files, "base", kustomize=options))
    assert found["Service"].obj["spec"]["type"] == "NodePort"
    assert found["Deployment"].obj["spec"]["replicas"] == 4
    assert found["Deployment"].obj["metadata"]["annotations"] == {"team": "blue"}
    assert found["ConfigMap"].file == "parts/extra/kustomization.yaml"


@pytest.mark.parametrize("component", ["../parts/none", "../../out", "../base/web.yaml"])
def test_a_component_that_is_none_names_the_apps_field(rendered, component):
    options = KustomizeOptions(components=(component,))
    error = rendered.error(BASE, "base", kustomize=options)
    assert (error.reason, error.place.field) == (
        "MissingBase",
        "spec.source.kustomize.components[0]",
    )
