"""Settings, projects, sets and Applications at work together."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from gitops_lab.kube.errors import NotFound
from tests.dialects.runner.ours import Ours, ours
from tests.waiting import eventually

API = "argoproj.io/v1alpha1"
NAMESPACE = "argocd"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: gitops-lab/web:1.0}]}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {a: b}\n"
PATIENCE = 30
REFRESH = "argocd.argoproj.io/refresh"


@pytest.fixture(scope="module")
def backend(tmp_path_factory) -> Iterator[Ours]:
    with ours(tmp_path_factory.mktemp("argocd"), ["argocd"]) as running:
        yield running


@pytest.fixture
def settings(backend) -> Iterator[dict[str, str]]:
    """What `argocd-cm` says in this test; it is empty again afterwards."""
    config = backend.client.get("v1", "ConfigMap", "argocd-cm", NAMESPACE)

    class Settings(dict[str, str]):
        def __setitem__(self, key, value):
            super().__setitem__(key, value)
            backend.client.patch(config, {"data": {key: value}})

    found = Settings()
    yield found
    backend.client.patch(config, {"data": dict.fromkeys(found)})


class Web:
    """An Application of its own name, namespace and repository."""

    def __init__(self, backend: Ours, name: str, project: str = "default") -> None:
        self.client, self.name = backend.client, name
        backend.repositories.create(
            name, {"deploy/config.yaml": CONFIG, "deploy/web.yaml": DEPLOYMENT}
        )
        source = {
            "repoURL": f"http://git.gitops-lab/{name}.git",
            "path": "deploy",
            "targetRevision": "main",
        }
        spec = {
            "project": project,
            "source": source,
            "destination": {"name": "in-cluster", "namespace": name},
            "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]},
        }
        meta = {"name": name, "namespace": NAMESPACE}
        self.client.create(
            {"apiVersion": API, "kind": "Application", "metadata": meta, "spec": spec}
        )

    @property
    def status(self):
        return self.client.get(API, "Application", self.name, NAMESPACE).get("status") or {}

    def is_synced(self):
        sync = self.status.get("sync", {}).get("status")
        return sync == "Synced" and bool(self.status.get("history"))

    def refreshed(self):
        """The status after a new look."""
        app = self.client.get(API, "Application", self.name, NAMESPACE)
        self.client.patch(app, {"metadata": {"annotations": {REFRESH: "normal"}}})
        assert eventually(lambda: not self._asks(), PATIENCE)
        return self.status

    def _asks(self):
        meta = self.client.get(API, "Application", self.name, NAMESPACE)["metadata"]
        return REFRESH in (meta.get("annotations") or {})

    def conditions(self):
        return {one["type"]: one["message"] for one in self.status.get("conditions") or ()}

    def get(self, api_version, kind, name):
        with contextlib.suppress(NotFound):
            return self.client.get(api_version, kind, name, self.name)
        return None


def test_a_kind_that_is_excluded_is_not_made(backend, settings):
    settings["resource.exclusions"] = "- {apiGroups: [''], kinds: [ConfigMap], clusters: ['*']}"
    web = Web(backend, "excluded")
    assert eventually(web.is_synced, PATIENCE)
    assert web.get("v1", "ConfigMap", "config") is None
    assert web.get("apps/v1", "Deployment", "web") is not None
    said = "Resource /ConfigMap config is excluded in the settings"
    assert web.conditions()["ExcludedResourceWarning"] == said


def test_differences_that_all_applications_ignore(backend, settings):
    key = "resource.customizations.ignoreDifferences.apps_Deployment"
    settings[key] = "jqPathExpressions: [.spec.replicas]"
    web = Web(backend, "ignoring")
    assert eventually(web.is_synced, PATIENCE)
    deployment = web.get("apps/v1", "Deployment", "web")
    backend.client.patch(deployment, {"spec": {"replicas": 3}})
    assert web.refreshed()["sync"]["status"] == "Synced"
    backend.client.patch(deployment, {"spec": {"progressDeadlineSeconds": 77, "paused": True}})
    settings[key] = "jqPathExpressions: []"
    assert eventually(lambda: web.refreshed()["sync"]["status"] == "OutOfSync", PATIENCE)


def test_objects_may_be_tracked_by_a_label(backend, settings):
    settings["application.resourceTrackingMethod"] = "label"
    web = Web(backend, "labelled")
    assert eventually(web.is_synced, PATIENCE)
    meta = web.get("v1", "ConfigMap", "config")["metadata"]
    assert meta["labels"]["app.kubernetes.io/instance"] == "labelled"
    assert "argocd.argoproj.io/tracking-id" not in meta.get("annotations", {})


def test_a_closed_window_holds_a_sync_until_it_is_gone(backend):
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
    spec = {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        "syncWindows": [window],
    }
    meta = {"name": "night", "namespace": NAMESPACE}
    project = {"apiVersion": API, "kind": "AppProject", "metadata": meta, "spec": spec}
    backend.client.create(project)
    web = Web(backend, "waiting", project="night")
    assert eventually(lambda: web.status.get("sync", {}).get("status") == "OutOfSync", PATIENCE)
    assert not web.status.get("operationState")
    app = backend.client.get(API, "Application", "waiting", NAMESPACE)
    options = {"syncOptions": ["CreateNamespace=true"]}
    backend.client.patch(app, {"operation": {"sync": options}})
    assert eventually(
        lambda: (
            web.status.get("operationState", {}).get("message")
            == "Sync operation blocked by sync window"
        ),
        PATIENCE,
    )
    assert web.get("v1", "ConfigMap", "config") is None
    backend.client.patch(project, {"spec": {"syncWindows": None}})
    assert eventually(web.is_synced, PATIENCE)


def test_a_projects_field_without_effect_is_told(backend):
    spec = {"sourceRepos": ["*"], "roles": [{"name": "admin"}]}
    meta = {"name": "roles", "namespace": NAMESPACE}
    backend.client.create({"apiVersion": API, "kind": "AppProject", "metadata": meta, "spec": spec})

    def told():
        events = backend.client.list("v1", "Event", NAMESPACE).items
        mine = [event for event in events if event["involvedObject"].get("name") == "roles"]
        return [(event["reason"], event["message"]) for event in mine]

    said = "spec.roles: rights in Argo CD's own API server, which is not there"
    assert eventually(lambda: told() == [("FieldNotSupported", said)])


def test_an_application_may_count_with_its_own_health(backend, settings):
    lua = "hs = {}\nif obj.status ~= nil then hs.status = obj.status.health.status end\nreturn hs\n"
    settings["resource.customizations.health.argoproj.io_Application"] = lua
    repository = {"deploy/web.yaml": DEPLOYMENT.replace("replicas: 0", "replicas: 1")}
    backend.repositories.create("child", repository)
    child = {
        "apiVersion": API,
        "kind": "Application",
        "metadata": {"name": "child", "namespace": NAMESPACE},
        "spec": {
            "project": "default",
            "source": {"repoURL": "http://git.gitops-lab/child.git", "path": "deploy"},
            "destination": {"name": "in-cluster", "namespace": "child"},
            "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]},
        },
    }
    web = Web(backend, "parent")
    files = {"deploy/child.json": json.dumps(child)}
    backend.repositories.commit("parent", "main", "Add a child", files)

    def health(name):
        with contextlib.suppress(NotFound):
            status = backend.client.get(API, "Application", name, NAMESPACE).get("status") or {}
            return (status.get("health") or {}).get("status")
        return None

    web.refreshed()
    assert eventually(lambda: health("child") == "Progressing", PATIENCE)  # no node runs its pod
    assert eventually(lambda: web.refreshed() and health("parent") == "Progressing", PATIENCE)
