"""What a render takes from the clusters, in the whole loop: values, variables, keys, signers."""

import pyrage
import pytest

from gitops_lab.engine import ops
from gitops_lab.engine.app import App
from gitops_lab.engine.render.sops.crypt import encrypt
from tests.engine.objects import app_object
from tests.tools import genuine
from tests.waiting import eventually

CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: demo\nversion: 0.1.0\n",
    "chart/values.yaml": "message: from the chart\n",
    "chart/templates/c.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-c\ndata:\n"
        "  message: {{ .Values.message | quote }}\n"
        "  kube: {{ .Capabilities.KubeVersion.Version }}\n"
        '  apps: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}\n'
        '  apps_v9: {{ .Capabilities.APIVersions.Has "apps/v9" | quote }}\n'
    ),
}


def config(name, **data):
    rows = "".join(f"  {key}: {value!r}\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{rows}"


def beside(world, kind, name, data):
    field = "stringData" if kind == "Secret" else "data"
    metadata = {"name": name, "namespace": world.namespace}
    world.client.apply(
        {"apiVersion": "v1", "kind": kind, "metadata": metadata, field: data}, field_manager="test"
    )


def data_of(world, name):
    return world.client.get("v1", "ConfigMap", name, world.namespace)["data"]


def test_a_chart_is_told_of_the_cluster_and_follows_the_values_of_another_repository(world):
    genuine("helm")
    world.repo(CHART)
    world.repo({"live.yaml": "message: one\n"}, "config")
    world.app(
        source={"repo": "web", "path": "chart", "helm": {"valueFiles": ["$config/live.yaml"]}},
        additionalSources=[{"repo": "config", "ref": "config"}],
    )
    world.until_synced()
    data = data_of(world, "web-c")
    assert data["message"] == "one"
    assert data["kube"] == world.client.request("GET", "/version")["gitVersion"]
    assert (data["apps"], data["apps_v9"]) == ("true", "false")
    world.commit({"live.yaml": "message: two\n"}, repo="config")
    assert eventually(lambda: data_of(world, "web-c")["message"] == "two")


def test_variables_come_from_beside_the_app_and_the_later_wins(world):
    beside(world, "ConfigMap", "common", {"a": "1", "b": "1"})
    beside(world, "Secret", "hidden", {"b": "2"})
    world.repo({"c.yaml": config("c", a="${a}", b="${b}", c="${c:=3}")})
    named = [{"kind": "ConfigMap", "name": "common"}, {"kind": "Secret", "name": "hidden"}]
    optional = {"kind": "ConfigMap", "name": "nowhere", "optional": True}
    world.app(postBuild={"substituteFrom": [*named, optional]})
    world.until_synced()
    assert data_of(world, "c") == {"a": "1", "b": "2", "c": "3"}


def test_what_is_missing_beside_the_app_is_named_and_found_when_it_comes(world):
    world.repo({"c.yaml": config("c", a="${a}")})
    world.app(postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "common"}]})
    status = world.until(lambda view: view.status.failed).status
    assert (status.reason, status.place.field) == (
        "InputMissing",
        "spec.postBuild.substituteFrom[0]",
    )
    told = ops.explain_app(world.view(), {"main": world.client}, world.sources)
    assert (str(told.link), "ConfigMap common" in told.message) == ("render", True)
    beside(world, "ConfigMap", "common", {"a": "1"})
    world.until_synced()
    assert data_of(world, "c") == {"a": "1"}


def test_a_secret_is_opened_with_the_key_beside_the_app(world):
    key, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {word: hush}\n"
    world.repo({"db.yaml": encrypt(secret.encode(), [str(key.to_public())])})
    beside(world, "Secret", "age", {"a.agekey": f"# mine\n{other}\n"})
    world.app(decryption={"secret": "age"})
    status = world.until(lambda view: view.status.failed).status
    assert (status.reason, status.place.file) == ("NoKey", "db.yaml")
    assert "AGE-SECRET" not in status.message
    beside(world, "Secret", "age", {"b.agekey": f"{key}\n"})
    world.until_synced()
    assert world.client.get("v1", "Secret", "db", world.namespace)["data"] == {"word": "aHVzaA=="}


@pytest.mark.parametrize(
    ("entries", "reason"), [(None, "InputMissing"), ({"key": "no"}, "NoKey")], ids=["none", "empty"]
)
def test_an_app_without_its_key_says_so(world, entries, reason):
    world.repo({"c.yaml": config("c", a="1")})
    if entries:
        beside(world, "Secret", "age", entries)
    world.app(decryption={"secret": "age"})
    status = world.until(lambda view: view.status.failed).status
    assert (status.reason, status.place.field) == (reason, "spec.decryption.secret")


def test_a_commit_that_nobody_signed_is_not_deployed(world):
    beside(world, "Secret", "signers", {"a.pub": "ssh-ed25519 AAAA a"})
    world.repo({"c.yaml": config("c", a="1")})
    world.app(source={"repo": "web", "verify": {"secret": "signers"}})
    status = world.until(lambda view: view.status.failed).status
    assert (status.reason, status.place.field) == ("NotSigned", "spec.source.verify")
    assert not world.has_config_map("c")


def test_the_definition_knows_every_field_that_an_app_may_have(world):
    source = {
        "repo": "web",
        "ignore": ["*.md"],
        "verify": {"secret": "s", "mode": "gpg"},
        "helm": {
            "releaseName": "a",
            "namespace": "b",
            "valueFiles": ["c"],
            "ignoreMissingValueFiles": True,
            "values": {"any": {"thing": [1, {"x": "y"}]}},
            "skipCrds": True,
            "skipSchemaValidation": True,
            "kubeVersion": "1.30",
            "apiVersions": ["x/v1"],
        },
    }
    built = {
        "repo": "web",
        "path": "x",
        "ref": "more",
        "directory": {"recurse": False, "include": ["a"], "exclude": ["b"]},
        "kustomize": {
            "namePrefix": "a",
            "nameSuffix": "b",
            "namespace": "c",
            "images": ["d"],
            "labels": {"e": "f"},
            "annotations": {"g": "h"},
            "patches": [{"patch": "i", "target": {"kind": "j", "labelSelector": "k=l"}}],
            "components": ["../m"],
        },
    }
    variables = {"kind": "Secret", "name": "s", "optional": True}
    spec = {
        "source": source,
        "additionalSources": [built],
        "suspend": True,
        "postBuild": {"substitute": {"a": "b"}, "substituteFrom": [variables], "strict": False},
        "decryption": {"secret": "age", "provider": "sops"},
    }
    app = app_object(**spec)
    app["metadata"] = {"name": "all", "namespace": world.namespace}
    path = f"/apis/gitops-lab.dev/v1/namespaces/{world.namespace}/gitopsapps"
    made = world.client.request("POST", path, params={"fieldValidation": "Strict"}, body=app)
    assert {key: made["spec"][key] for key in spec} == spec
    assert App.from_object(made).source.others


def test_the_hooks_of_a_chart_run_before_and_after(world):
    genuine("helm")
    hook = CHART["chart/templates/c.yaml"].replace(
        "name: {{ .Release.Name }}-c", 'name: first\n  annotations: {"helm.sh/hook": pre-install}'
    )
    world.repo({**CHART, "chart/templates/hook.yaml": hook})
    world.app(source={"repo": "web", "path": "chart"})
    world.until_synced()
    first, web = world.config_map("first"), world.config_map("web-c")
    assert int(first["metadata"]["resourceVersion"]) < int(web["metadata"]["resourceVersion"])
    assert "gitops-lab.dev/sync-id" in first["metadata"]["annotations"]


def test_a_change_of_what_lies_beside_is_followed_and_what_was_missing_is_waited_for(world):
    world.repo({"a.yaml": config("a", tier="${tier}")})
    world.app(postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]})
    world.until_reason("InputMissing")

    beside(world, "ConfigMap", "vars", {"tier": "silver"})
    eventually(lambda: world.has_config_map("a") and data_of(world, "a") == {"tier": "silver"})
    beside(world, "ConfigMap", "vars", {"tier": "gold"})
    eventually(lambda: data_of(world, "a") == {"tier": "gold"})

    assert world.until_synced().status.last_sync.trigger == "commit"
