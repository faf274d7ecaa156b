import json
import shutil
import sys

import pytest

from gitops_lab.engine.app import HelmOptions, Source
from gitops_lab.engine.render import Inputs
from gitops_lab.engine.render.helm import template
from tests.engine.render.conftest import manifest
from tests.tools import genuine

CHART = "apiVersion: v2\nname: demo\nversion: 0.1.0\n"
CONFIG = """{{- if .Values.enabled }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
  namespace: {{ .Release.Namespace }}
data:
  message: {{ .Values.message | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: web
"""
FILES = {
    "chart/Chart.yaml": CHART,
    "chart/values.yaml": "enabled: true\nmessage: from the chart\n",
    "chart/templates/config.yaml": CONFIG,
}


@pytest.fixture(autouse=True)
def _helm():
    genuine("helm")


def config_of(result):
    return next(item for item in result.objects if item.obj["kind"] == "ConfigMap")


def values(**given):
    return HelmOptions(values=json.dumps(given))


def hook(name, kind, extra=""):
    return manifest("ConfigMap", name).replace(
        f"name: {name}", f'name: {name}\n  annotations: {{"helm.sh/hook": "{kind}"{extra}}}'
    )


def test_a_chart_is_rendered_and_each_object_names_its_template(rendered):
    result = rendered(FILES, "chart")
    config = config_of(result)
    assert config.obj["metadata"]["name"] == "web-settings"
    assert config.obj["data"]["message"] == "from the chart"
    assert (config.file, config.line) == ("chart/templates/config.yaml", 2)
    assert len(result.objects) == 2


def test_values_of_the_app_win_over_later_files_over_earlier_ones_over_the_chart(rendered):
    files = {
        **FILES,
        "chart/a.yaml": "message: a\n",
        "envs/b.yaml": "message: b\n",
    }
    both = HelmOptions(value_files=("a.yaml", "../envs/b.yaml"))
    own = HelmOptions(value_files=both.value_files, values='{"message": "own"}')
    assert config_of(rendered(files, "chart", helm=both)).obj["data"]["message"] == "b"
    assert config_of(rendered(files, "chart", helm=own)).obj["data"]["message"] == "own"


def test_release_name_and_namespace_are_the_apps_unless_set(rendered):
    options = HelmOptions(release_name="shop", namespace="live")
    config = config_of(rendered(FILES, "chart", helm=options))
    assert config.obj["metadata"] == {"name": "shop-settings", "namespace": "live"}


def test_the_chart_is_told_of_the_target_cluster(rendered):
    template = CONFIG.replace(
        ".Values.enabled", '.Capabilities.APIVersions.Has "example.org/v1/Thing"'
    )
    files = {**FILES, "chart/templates/config.yaml": template}
    inputs = Inputs(kube_version="v1.31.2", api_versions=("example.org/v1/Thing",))
    assert len(rendered(files, "chart").objects) == 1
    assert config_of(rendered(files, "chart", inputs=inputs)).obj["data"]["kube"] == "v1.31.2"


def test_values_may_come_from_another_repository(rendered):
    rendered.commit(FILES)
    rendered.commit({"prod/values.yaml": "message: from prod\n"}, "config")
    options = HelmOptions(value_files=("$config/prod/values.yaml",))
    other = Source("config", ref="config", rendered=False)
    result = rendered(FILES, "chart", helm=options, others=(other,))
    assert config_of(result).obj["data"]["message"] == "from prod"


def test_definitions_come_with_the_chart_unless_they_are_left_out(rendered):
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    files = {**FILES, "chart/crds/thing.yaml": crd + "metadata: {name: things.example.org}\n"}
    kinds = {item.obj["kind"] for item in rendered(files, "chart").objects}
    assert "CustomResourceDefinition" in kinds
    assert len(rendered(files, "chart", helm=HelmOptions(skip_crds=True)).objects) == 2


def test_hooks_are_told_in_the_engines_words_and_tests_are_left_out(rendered):
    files = {
        **FILES,
        "chart/templates/a.yaml": hook(
            "before", "pre-install,pre-upgrade", ', "helm.sh/hook-weight": "-5"'
        ),
        "chart/templates/b.yaml": hook(
            "after", "post-upgrade", ', "helm.sh/hook-delete-policy": "hook-succeeded"'
        ),
        "chart/templates/c.yaml": hook("back", "pre-rollback"),
        "chart/templates/d.yaml": hook("test", "test"),
    }
    found = {o.obj["metadata"]["name"]: o.obj["metadata"] for o in rendered(files, "chart").objects}
    assert not {"back", "test"} & found.keys()
    assert found["before"]["annotations"] | {"helm.sh/hook": ""} == {
        "helm.sh/hook": "",
        "helm.sh/hook-weight": "-5",
        "gitops-lab.dev/hook": "pre-sync",
        "gitops-lab.dev/wave": "-5",
        "gitops-lab.dev/hook-delete-policy": "before-hook-creation",
    }
    assert found["after"]["annotations"]["gitops-lab.dev/hook-delete-policy"] == "hook-succeeded"


def test_what_a_chart_wants_kept_is_not_pruned(rendered):
    kept = 'metadata: {name: kept, annotations: {"helm.sh/resource-policy": keep}}\n'
    files = {**FILES, "chart/templates/k.yaml": "apiVersion: v1\nkind: ConfigMap\n" + kept}
    found = [o.obj["metadata"] for o in rendered(files, "chart").objects]
    assert any(
        (m.get("annotations") or {}).get("gitops-lab.dev/prune") == "disabled" for m in found
    )


@pytest.mark.parametrize(
    ("change", "reason", "file", "line", "said"),
    [
        (
            {"chart/templates/bad.yaml": "kind: X\na: {{ .Values.a.b.c }}\n"},
            "TemplateFailed",
            "chart/templates/bad.yaml",
            2,
            "nil pointer",
        ),
        (
            {"chart/templates/bad.yaml": "a: 1\nb: {{ if }}\n"},
            "TemplateFailed",
            "chart/templates/bad.yaml",
            2,
            "missing value for if",
        ),
        (
            {"chart/templates/bad.yaml": 'a: {{ required "say a word" .Values.word }}\n'},
            "TemplateFailed",
            "chart/templates/bad.yaml",
            1,
            "say a word",
        ),
        (
            {"chart/templates/bad.yaml": "a: [\n"},
            "InvalidYaml",
            "chart/templates/bad.yaml",
            0,
            "YAML parse error",
        ),
        (
            {"chart/values.schema.json": '{"properties": {"message": {"type": "integer"}}}'},
            "InvalidValues",
            "chart/values.schema.json",
            0,
            "/message",
        ),
        (
            {"chart/Chart.yaml": CHART + "kubeVersion: '>=1.99'\n"},
            "IncompatibleCluster",
            "chart/Chart.yaml",
            0,
            ">=1.99",
        ),
        (
            {
                "chart/Chart.yaml": CHART
                + "dependencies: [{name: redis, version: 1.0.0, repository: 'https://x.example'}]\n"
            },
            "MissingDependency",
            "chart/Chart.yaml",
            0,
            "redis",
        ),
        ({"chart/values.yaml": "a: b: c\n"}, "TemplateFailed", "chart/Chart.yaml", 0, "values"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_what_helm_refuses_is_told_with_its_file(rendered, change, reason, file, line, said):
    error = rendered.error({**FILES, **change}, "chart")
    assert (error.reason, error.place.file, error.place.line) == (reason, file, line)
    assert said in error.message
    assert "/tmp" not in error.message


def test_a_value_file_that_is_missing_names_the_apps_field(rendered):
    options = HelmOptions(value_files=("prod.yaml",))
    error = rendered.error(FILES, "chart", helm=options)
    assert (error.reason, error.place.field) == ("MissingFile", "spec.source.helm.valueFiles[0]")
    lenient = HelmOptions(value_files=("prod.yaml",), ignore_missing_value_files=True)
    assert rendered(FILES, "chart", helm=lenient).objects


def test_a_value_file_may_not_lead_out_of_the_repository(rendered):
    options = HelmOptions(value_files=("../../../../etc/hostname",))
    assert rendered.error(FILES, "chart", helm=options).reason == "UnsafePath"


def test_a_value_file_that_is_broken_is_told_with_its_line(rendered):
    files = {**FILES, "chart/prod.yaml": "a: 1\nb: c: d\n"}
    error = rendered.error(files, "chart", helm=HelmOptions(value_files=("prod.yaml",)))
    assert (error.place.file, error.place.line) == ("chart/prod.yaml", 2)


def test_no_chart_reads_the_environment_or_files_outside_itself(rendered, monkeypatch):
    monkeypatch.setenv("SECRET_WORD", "hush")
    template = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
        'data: {file: {{ .Files.Get "../../../etc/hostname" | quote }}}\n'
    )
    files = {**FILES, "chart/templates/config.yaml": template}
    assert config_of(rendered(files, "chart")).obj["data"]["file"] == ""
    env = template.replace('.Files.Get "../../../etc/hostname"', 'env "SECRET_WORD"')
    files["chart/templates/config.yaml"] = env
    assert "hush" not in str(rendered.error(files, "chart"))


def test_options_for_helm_want_a_chart(rendered):
    error = rendered.error({"deploy/a.yaml": manifest("ConfigMap", "a")}, helm=HelmOptions())
    assert (error.reason, error.place.field) == ("MissingChart", "spec.source.helm")


def test_a_value_can_be_anything_that_json_can_say(rendered):
    result = rendered(FILES, "chart", helm=values(message="a: b\n- c", enabled=True))
    assert config_of(result).obj["data"]["message"] == "a: b\n- c"


def test_a_chart_that_does_not_end_is_ended(rendered, monkeypatch):
    monkeypatch.setattr(template, "SECONDS", 0.3)
    endless = "{{- range until 1000000 }}{{- range until 1000000 }}{{ end }}{{ end }}\n"
    files = {**FILES, "chart/templates/endless.yaml": endless}
    error = rendered.error(files, "chart")
    assert (error.reason, error.place.file) == ("Timeout", "chart/Chart.yaml")


def test_a_chart_that_writes_too_much_is_ended(rendered, monkeypatch):
    monkeypatch.setattr(template, "OUTPUT_BYTES", 10_000)
    files = {**FILES, "chart/templates/long.yaml": '# {{ repeat 20000 "x" }}\na: 1\n'}
    assert rendered.error(files, "chart").reason == "TooLarge"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this limit")
def test_a_chart_that_needs_too_much_memory_is_ended(rendered):
    files = {**FILES, "chart/templates/big.yaml": '# {{ repeat 4000000000 "x" | len }}\na: 1\n'}
    error = rendered.error(files, "chart")
    assert error.reason == "TooLarge"
    assert "it needs more than 1,024 MB of memory" in error.message


def test_nothing_is_fetched(rendered):
    dependency = "dependencies: [{name: x, version: 1.0.0, repository: 'https://127.0.0.1:9'}]\n"
    files = {**FILES, "chart/Chart.yaml": CHART + dependency}
    error = rendered.error(files, "chart")
    assert error.reason == "MissingDependency"
    assert "helm dependency build" in error.hint


def test_without_helm_it_is_said_what_to_install(rendered, monkeypatch, tmp_path):
    (tmp_path / "git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GITOPS_LAB_CACHE", str(tmp_path))
    error = rendered.error({**FILES, "chart/values.yaml": "enabled: true\nmessage: new\n"}, "chart")
    assert (error.reason, error.retry) == ("HelmMissing", True)
    assert "PATH" in error.hint
