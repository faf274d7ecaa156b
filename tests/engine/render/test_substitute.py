import pytest

from gitops_lab.engine.app import PostBuild
from gitops_lab.engine.render import Inputs
from tests.engine.render.conftest import manifest

WEB = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {replicas: "${replicas}"}
spec:
  replicas: ${replicas:=2}
  paused: ${paused:=false}
  template:
    spec:
      containers:
        - name: web
          image: web:${tag}
          args: ["${replicas}"]
          env: [{name: COUNT, value: "${replicas}"}]
"""
VALUES = {"name": "shop", "replicas": "3", "tag": "1.10"}


def one(result):
    (item,) = result.objects
    return item.obj


def test_variables_are_filled_in_and_only_where_a_number_belongs_become_one(rendered):
    obj = one(rendered({"deploy/web.yaml": WEB}, post_build=PostBuild(VALUES)))
    (container,) = obj["spec"]["template"]["spec"]["containers"]
    assert obj["metadata"] == {"name": "shop", "labels": {"replicas": "3"}}
    assert obj["spec"]["replicas"] == 3
    assert obj["spec"]["paused"] is False
    assert container["image"] == "web:1.10"
    assert container["args"] == ["3"]
    assert container["env"] == [{"name": "COUNT", "value": "3"}]


def test_a_config_stays_text(rendered):
    config = manifest("ConfigMap", "c", 'data: {"port": "${port}", "${key}": "on"}\n')
    post_build = PostBuild({"port": "8080", "key": "power"})
    obj = one(rendered({"deploy/c.yaml": config}, post_build=post_build))
    assert obj["data"] == {"port": "8080", "power": "on"}


def test_the_apps_own_values_win_over_those_of_the_cluster(rendered):
    config = manifest("ConfigMap", "c", 'data: {a: "${a}", b: "${b}"}\n')
    inputs = Inputs(variables={"a": "cluster", "b": "cluster"})
    obj = one(
        rendered({"deploy/c.yaml": config}, post_build=PostBuild({"a": "app"}), inputs=inputs)
    )
    assert obj["data"] == {"a": "app", "b": "cluster"}


def test_without_post_build_nothing_is_touched(rendered):
    config = manifest("ConfigMap", "c", 'data: {script: "echo ${HOME}"}\n')
    assert one(rendered({"deploy/c.yaml": config}))["data"] == {"script": "echo ${HOME}"}


@pytest.mark.parametrize("mark", ["gitops-lab.dev", "kustomize.toolkit.fluxcd.io"])
def test_an_object_may_opt_out(rendered, mark):
    script = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
        f"  annotations: {{{mark}/substitute: disabled}}\ndata: {{script: 'echo ${{HOME}}'}}\n"
    )
    obj = one(rendered({"deploy/c.yaml": script}, post_build=PostBuild()))
    assert obj["data"] == {"script": "echo ${HOME}"}


def test_a_variable_that_is_missing_is_told_with_file_line_and_field(rendered):
    files = {"deploy/web.yaml": "# web\n" + WEB}
    error = rendered.error(files, post_build=PostBuild({"name": "shop", "replicas": "1"}))
    assert error.reason == "VariableNotSet"
    assert (error.place.file, error.place.line) == ("deploy/web.yaml", 2)
    assert error.place.field == "spec.template.spec.containers[0].image"
    assert "tag" in error.message


def test_what_can_not_be_read_as_an_expression_is_told(rendered):
    config = manifest("ConfigMap", "c", 'data: {a: "${a.b}"}\n')
    error = rendered.error({"deploy/c.yaml": config}, post_build=PostBuild())
    assert (error.reason, error.place.field) == ("BadExpression", "data.a")
    assert "$${" in error.hint
