"""What `argocd-cm` sets."""

import pytest

from gitops_lab.dialects.argocd.settings import parameters
from gitops_lab.dialects.argocd.settings.live import LiveSettings
from gitops_lab.dialects.argocd.settings.read import read
from gitops_lab.engine.health import HealthStatus
from gitops_lab.kube.objects import GroupKind
from tests.waiting import eventually

LUA = """hs = {}
hs.status = "Progressing"
if obj.status ~= nil then
  if obj.status.health ~= nil then
    hs.status = obj.status.health.status
  end
end
return hs
"""
WIDGET = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}


def settings(**data):
    return read({"data": {key.replace("__", "."): value for key, value in data.items()}})


def one(key, value):
    return read({"data": {key: value}})


def test_without_a_config_map_everything_is_as_argo_cd_has_it():
    found = read(None)
    assert (found.tracking, found.reconciliation) == ("annotation", (120.0, 60.0))
    assert found.instance_label == "app.kubernetes.io/instance"
    assert not found.excluded("", "Secret", "https://x")
    assert found.problems == ()


def test_how_objects_are_tracked():
    found = settings(
        application__resourceTrackingMethod="annotation+label",
        application__instanceLabelKey="example.org/app",
        installationID="here",
    )
    assert (found.tracking, found.instance_label) == ("annotation+label", "example.org/app")
    assert (found.installation_id, found.problems) == ("here", ())
    wrong = one("application.resourceTrackingMethod", "magic")
    assert wrong.tracking == "annotation"
    assert "'magic' is none of" in wrong.problems[0]


@pytest.mark.parametrize(
    ("text", "seconds"), [("180s", 180), ("3m", 180), ("0", 0), ("0s", 0), ("1h30m", 5400)]
)
def test_how_often_repositories_are_looked_at(text, seconds):
    assert one("timeout.reconciliation", text).reconciliation == (seconds, 60.0)


def test_a_duration_that_is_none_is_named_and_the_default_holds():
    found = one("timeout.reconciliation", "often")
    assert found.reconciliation[0] == 120.0
    assert "'often' is no duration" in found.problems[0]


def test_differences_may_be_ignored_everywhere():
    text = "jsonPointers: [/spec/a]\njqPathExpressions: [.spec.replicas]\n"
    settings = one("resource.customizations.ignoreDifferences.apps_Deployment", text)
    found = settings.ignore[0]
    assert settings.ignore_jq == ((found, (".spec.replicas",)),)
    assert (found.group, found.kind) == ("apps", "Deployment")
    assert found.pointers == ("/spec/a",)
    every = one(
        "resource.customizations.ignoreDifferences.all", "managedFieldsManagers: [kcm]"
    ).ignore[0]
    assert (every.kind, every.managers) == ("", ("kcm",))
    core = one("resource.customizations.ignoreDifferences.Service", "jsonPointers: [/x]").ignore[0]
    assert (core.group, core.kind) == ("", "Service")


def test_kinds_may_be_left_out_or_alone_be_in():
    out = "- {apiGroups: ['*'], kinds: [Event], clusters: ['*']}\n- {apiGroups: [example.org]}"
    found = one("resource.exclusions", out)
    assert found.excluded("", "Event", "https://x")
    assert found.excluded("example.org", "Widget", "https://x")
    assert not found.excluded("", "Secret", "https://x")
    only = one("resource.inclusions", "- {apiGroups: [apps], kinds: ['Deploy*']}")
    assert not only.excluded("apps", "Deployment", "")
    assert only.excluded("", "Secret", "")


def test_health_in_lua_is_not_run_and_that_is_said():
    found = one("resource.customizations.health.example.org_Widget", "hs = {}\nreturn hs\n")
    assert found.health.assess(WIDGET) is None
    assert "Lua is not run here" in found.problems[0]
    assert "example.org_Widget" in found.problems[0]


def test_health_may_be_written_in_cel():
    text = "current: object.status.ready == true\nfailed: object.status.phase == 'Broken'\n"
    found = one("resource.customizations.health.example.org_Widget", text)
    assert found.problems == ()
    for status, expected in (
        ({"ready": True, "phase": ""}, HealthStatus.HEALTHY),
        ({"ready": False, "phase": "Broken"}, HealthStatus.DEGRADED),
        ({"ready": False, "phase": ""}, HealthStatus.PROGRESSING),
    ):
        health = found.health.assess({**WIDGET, "status": status})
        assert health is not None
        assert health.status == expected


def test_an_applications_own_health_may_count_again():
    found = one("resource.customizations.health.argoproj.io_Application", LUA)
    app = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {}}
    degraded = {**app, "status": {"health": {"status": "Degraded", "message": "no"}}}
    told = found.health.assess(degraded)
    assert told is not None
    assert (told.status, told.message) == (HealthStatus.DEGRADED, "no")
    fresh = found.health.assess(app)
    assert fresh is not None
    assert fresh.status == HealthStatus.PROGRESSING
    assert read(None).health.assess(degraded) is None


def test_a_setting_without_effect_is_named_and_one_of_the_server_is_not():
    assert one("kustomize.buildOptions", "--x").problems == (
        "kustomize.buildOptions: it has no effect here",
    )
    assert one("url", "https://argocd.example.org").problems == ()
    assert one("accounts.alice", "login").problems == ()
    updates = "resource.customizations.ignoreResourceUpdates.all"
    assert one(updates, "jsonPointers: [/status]").problems == ()


def test_the_config_map_is_made_and_followed(engine_client):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd-cm-test"}}
    engine_client.create(namespace)
    changes: list[int] = []
    live = LiveSettings(engine_client, "argocd-cm-test", lambda: changes.append(1))
    live.start()
    made = engine_client.get("v1", "ConfigMap", "argocd-cm", "argocd-cm-test")
    data = {"application.resourceTrackingMethod": "label", "kustomize.path.v1": "/x"}
    engine_client.patch(made, {"data": data})
    assert eventually(lambda: live.tracking == "label")
    assert eventually(lambda: changes)
    events = eventually(lambda: engine_client.list("v1", "Event", "argocd-cm-test").items)
    assert events[0]["reason"] == "SettingNotSupported"
    live.stop()


def test_what_the_controllers_are_started_with():
    data = {parameters.NAMESPACES: "team-*, /^x[0-9]$/", parameters.PROGRESSIVE: "true"}
    found = parameters.read({"data": {**data, "server.insecure": "true"}})
    served = [name for name in ("argocd", "team-a", "x1", "x", "a") if found.serves(name, "argocd")]
    assert served == ["argocd", "team-a", "x1"]
    assert found.progressive
    assert found.problems == ("server.insecure: it has no effect here",)
    assert not parameters.read(None).progressive


def test_kinds_with_rules_of_their_own_are_known():
    rules = {
        "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/x]",
        "resource.customizations.health.Service": "current: 'true'",
    }
    found = read({"data": rules}).customized
    assert found == {GroupKind("apps", "Deployment"), GroupKind("", "Service")}
