"""ApplicationSets and AppProjects against an API server."""

import contextlib
from collections.abc import Iterator

import pytest

from gitops_lab.dialects.argocd.clusters import Clusters
from gitops_lab.dialects.argocd.projects.live import LiveProjects
from gitops_lab.dialects.argocd.projects.live import definitions as project_definitions
from gitops_lab.dialects.argocd.sets.controller import ApplicationSets
from gitops_lab.dialects.argocd.sets.definition import definitions
from gitops_lab.dialects.dialect import World
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories
from gitops_lab.kube import Client
from gitops_lab.kube.errors import AlreadyExists, NotFound
from tests.waiting import eventually

API = "argoproj.io/v1alpha1"
NAMESPACE = "argocd-sets"
URL = "http://127.0.0.1:1"
HERE = {"name": "in-cluster"}
ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def application_definition():
    names = {"kind": "Application", "plural": "applications", "singular": "application"}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": ANY, "status": ANY}}}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "applications.argoproj.io"},
        "spec": {
            "group": "argoproj.io",
            "scope": "Namespaced",
            "names": {**names, "listKind": "ApplicationList"},
            "versions": [version],
        },
    }


@pytest.fixture
def home(engine_client: Client) -> Iterator[Client]:
    for one in (*project_definitions(), *definitions(), application_definition()):
        with contextlib.suppress(AlreadyExists):
            engine_client.create(one)
    with contextlib.suppress(AlreadyExists):
        engine_client.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        )
    eventually(lambda: engine_client.list(API, "Application", NAMESPACE))
    yield engine_client
    for kind in ("ApplicationSet", "Application", "AppProject"):
        for obj in engine_client.list(API, kind, NAMESPACE).items:
            with contextlib.suppress(NotFound):
                engine_client.patch(obj, {"metadata": {"finalizers": None}})
                engine_client.delete(API, kind, obj["metadata"]["name"], NAMESPACE)


@pytest.fixture
def repositories(tmp_path):
    return Repositories(tmp_path / "repos")


@pytest.fixture
def sets(home, repositories, tmp_path) -> Iterator[ApplicationSets]:
    world = World(
        home=home,
        clients={"main": home},
        sources=SourceStore(repositories.root, tmp_path / "cache"),
        repositories=repositories,
        git_url=lambda name: f"{URL}/{name}.git",
        repo_of=lambda url: url.removeprefix(f"{URL}/").removesuffix(".git"),
        state=tmp_path / "state",
    )
    clusters = Clusters(home, {"main": home}, NAMESPACE)
    projects = LiveProjects(home, clusters, NAMESPACE)
    projects.start()
    controller = ApplicationSets(world, clusters, NAMESPACE)
    controller.start()
    yield controller
    controller.stop()
    projects.stop()


def make(home, *elements, name="fleet", generators=None, **spec):
    template = {
        "metadata": {"name": "{{env}}-web"},
        "spec": {"project": "default", "destination": HERE},
    }
    obj = {
        "apiVersion": API,
        "kind": "ApplicationSet",
        "metadata": {"name": name, "namespace": NAMESPACE, "finalizers": spec.pop("hold", [])},
        "spec": {
            "generators": generators or [{"list": {"elements": list(elements)}}],
            "template": template,
            **spec,
        },
    }
    return home.create(obj)


def names(home):
    return sorted(a["metadata"]["name"] for a in home.list(API, "Application", NAMESPACE).items)


def condition(home, kind, name="fleet"):
    status = home.get(API, "ApplicationSet", name, NAMESPACE).get("status") or {}
    return next((c for c in status.get("conditions", []) if c["type"] == kind), {})


def set_elements(home, *elements):
    generators = [{"list": {"elements": list(elements)}}]
    made = home.get(API, "ApplicationSet", "fleet", NAMESPACE)
    home.patch(made, {"spec": {"generators": generators}})


def test_applications_come_and_go_with_the_elements(home, sets):
    make(home, {"env": "dev"}, {"env": "prod"})
    assert eventually(lambda: names(home) == ["dev-web", "prod-web"])
    assert eventually(lambda: condition(home, "ResourcesUpToDate").get("status") == "True")
    status = home.get(API, "ApplicationSet", "fleet", NAMESPACE)["status"]
    assert "resources" not in status  # as Argo CD: the Applications that there were at its begin
    set_elements(home, {"env": "prod"})
    assert eventually(
        lambda: (
            [
                one["name"]
                for one in home.get(API, "ApplicationSet", "fleet", NAMESPACE)["status"].get(
                    "resources", ()
                )
            ]
            == ["dev-web", "prod-web"]
        )
    )
    found = eventually(lambda: home.get(API, "Application", "dev-web", NAMESPACE)["metadata"])
    assert found["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    assert eventually(
        lambda: home.get(API, "Application", "dev-web", NAMESPACE)["metadata"].get(
            "deletionTimestamp"
        )
    )


def test_an_application_changed_by_hand_is_put_right(home, sets):
    make(home, {"env": "dev"})
    assert eventually(lambda: names(home) == ["dev-web"])
    app = home.get(API, "Application", "dev-web", NAMESPACE)
    home.patch(app, {"spec": {"project": "other"}})
    assert eventually(
        lambda: home.get(API, "Application", "dev-web", NAMESPACE)["spec"]["project"] == "default"
    )


def test_a_push_is_seen_at_once(home, sets, repositories):
    repositories.create("apps", {"apps/dev/x.yaml": ""})
    git = {"repoURL": f"{URL}/apps.git", "revision": "main", "directories": [{"path": "apps/*"}]}
    template = {
        "metadata": {"name": "{{path.basename}}-web"},
        "spec": {"project": "default", "destination": HERE},
    }
    make(home, generators=[{"git": git}], template=template)
    assert eventually(lambda: names(home) == ["dev-web"])
    repositories.commit("apps", "main", "Add prod", {"apps/prod/x.yaml": ""})
    sets.pushed("apps", ["refs/heads/main"])
    assert eventually(lambda: names(home) == ["dev-web", "prod-web"])


def test_what_is_wrong_stands_in_the_conditions(home, sets):
    make(home, generators=[{"pullRequest": {}}])
    assert eventually(lambda: condition(home, "ErrorOccurred").get("status") == "True")
    assert condition(home, "ErrorOccurred")["reason"] == "ApplicationGenerationFromParamsError"
    assert "pullRequest is not supported" in condition(home, "ParametersGenerated")["message"]


def test_a_project_that_is_not_there_is_told_and_others_are_made(home, sets):
    template = {
        "metadata": {"name": "{{env}}"},
        "spec": {"project": "{{project}}", "destination": HERE},
    }
    elements = [{"env": "a", "project": "nope"}, {"env": "b", "project": "default"}]
    make(home, *elements, template=template)
    assert eventually(lambda: names(home) == ["b"])
    assert eventually(
        lambda: (
            condition(home, "ErrorOccurred").get("message")
            == "application references project nope which does not exist"
        )
    )


def test_two_of_one_name_are_not_made_and_the_others_are(home, sets):
    make(home, {"env": "a"}, {"env": "b"}, {"env": "b"})
    assert eventually(lambda: names(home) == ["a-web"])
    assert eventually(
        lambda: (
            condition(home, "ErrorOccurred").get("message")
            == "ApplicationSet fleet contains applications with duplicate name: b-web"
        )
    )


def test_of_several_problems_the_last_is_told_whole(home, sets):
    template = {
        "metadata": {"name": "{{env}}"},
        "spec": {"project": "default", "destination": {"name": "{{env}}"}},
    }
    make(home, {"env": "nowhere"}, {"env": "somewhere"}, template=template)
    assert eventually(
        lambda: (
            condition(home, "ErrorOccurred").get("message")
            == "application destination spec is invalid: there are no clusters with this name: "
            "somewhere (and 1 more)"
        )
    )


def test_what_was_done_is_told_in_events(home, sets):
    made = make(home, {"env": "told"})

    def told():
        events = home.list("v1", "Event", NAMESPACE).items
        mine = [e for e in events if e["involvedObject"].get("uid") == made["metadata"]["uid"]]
        return [(event["type"], event["reason"], event["message"]) for event in mine]

    assert eventually(lambda: told() == [("Normal", "created", 'created Application "told-web"')])


def test_a_field_without_effect_is_named(home, sets):
    make(home, {"env": "dev"}, strategy={"type": "RollingSync"})
    assert eventually(
        lambda: "spec.strategy" in condition(home, "FieldsNotSupported").get("message", "")
    )


def test_applications_stay_where_the_policy_keeps_them(home, sets):
    finalizer = ["resources-finalizer.argocd.argoproj.io"]
    policy = {"applicationsSync": "create-update"}
    make(home, {"env": "dev"}, syncPolicy=policy, hold=finalizer)
    assert eventually(lambda: names(home) == ["dev-web"])
    home.delete(API, "ApplicationSet", "fleet", NAMESPACE)
    assert eventually(lambda: not home.list(API, "ApplicationSet", NAMESPACE).items)
    app = home.get(API, "Application", "dev-web", NAMESPACE)
    assert not app["metadata"].get("ownerReferences")


def test_a_new_cluster_secret_brings_its_applications(home, sets):
    template = {
        "metadata": {"name": "{{name}}-web"},
        "spec": {"project": "default", "destination": HERE},
    }
    make(home, generators=[{"clusters": {}}], template=template)
    assert eventually(lambda: names(home) == ["in-cluster-web"])
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "staging",
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {"name": "staging", "server": "https://staging"},
    }
    home.create(secret)
    assert eventually(lambda: names(home) == ["in-cluster-web", "staging-web"])
    home.delete("v1", "Secret", "staging", NAMESPACE)


def test_the_project_default_is_made_and_asked(home, sets, tmp_path):
    made = home.get(API, "AppProject", "default", NAMESPACE)
    assert made["spec"]["sourceRepos"] == ["*"]
    projects = LiveProjects(home, Clusters(home, {"main": home}, NAMESPACE), NAMESPACE)
    projects.start()
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
    home.patch(made, {"spec": {"syncWindows": [window]}})
    app = {
        "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {"destination": {"name": "in-cluster", "namespace": "web"}},
    }
    assert eventually(lambda: not projects.gate(app, manual=False).open)
    assert projects.gate(app, manual=True).message == "Sync operation blocked by sync window"
    assert projects.refusals(app) == []
    assert projects.of(NAMESPACE, "nope") is None
    projects.stop()
