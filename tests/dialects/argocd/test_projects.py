"""What an AppProject permits, in Argo CD's words."""

import pytest

from gitops_lab.dialects.argocd.projects.project import (
    Place,
    default_project,
    missing,
    problems,
    read,
    refusals,
    refuse_object,
)

SERVER = "https://kubernetes.default.svc"
HERE = Place(SERVER, "in-cluster", "web")
REPO = "http://127.0.0.1:8080/web.git"


def project(**spec):
    base = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    meta = {"name": "team", "namespace": "argocd"}
    return read({"kind": "AppProject", "metadata": meta, "spec": {**base, **spec}})


def app(namespace="argocd"):
    return {"kind": "Application", "metadata": {"name": "web", "namespace": namespace}}


def obj(kind, api="v1", namespace="web", name="x"):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}}


def messages(one, **place):
    found = refusals(one, app(), [REPO], Place(**{"server": SERVER, "namespace": "web", **place}))
    return [f"{c.type}: {c.message}" for c in found]


@pytest.mark.parametrize(
    ("patterns", "permitted"),
    [
        (["*"], True),
        ([REPO], True),
        (["http://127.0.0.1:8080/web"], True),
        (["HTTP://127.0.0.1:8080/WEB.git"], True),
        (["http://127.0.0.1:8080/*"], True),
        (["http://*"], False),
        (["http://**"], True),
        (["http://127.0.0.1:8080/shop.git"], False),
        ([], False),
        (["!http://127.0.0.1:8080/shop"], True),
        (["*", "!http://127.0.0.1:8080/web"], False),
        (["*", "!http://127.0.0.1:8080/*"], False),
        (["http://127.0.0.1:8080/{web,shop}"], True),
    ],
)
def test_source_repositories_are_patterns_where_a_star_stays_within_a_folder(patterns, permitted):
    assert project(sourceRepos=patterns).permits_source(REPO) is permitted


def test_ssh_urls_are_compared_in_one_form():
    one = project(sourceRepos=["git@example.org:team/web.git"])
    assert one.permits_source("ssh://git@example.org/team/web")


@pytest.mark.parametrize(
    ("destinations", "permitted"),
    [
        ([{"server": SERVER, "namespace": "web"}], True),
        ([{"name": "in-cluster", "namespace": "web"}], True),
        ([{"name": "staging", "namespace": "web"}], False),
        ([{"server": SERVER, "namespace": "shop"}], False),
        ([{"server": "*", "namespace": "we*"}], True),
        ([{"server": "*", "namespace": "!web"}], False),
        ([{"server": "*", "namespace": "!kube-*"}], True),
        ([{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!web"}], False),
        ([{"server": f"!{SERVER}", "namespace": "*"}], False),
        ([], False),
    ],
)
def test_destinations_are_patterns_and_what_is_denied_wins(destinations, permitted):
    assert project(destinations=destinations).permits_destination(HERE) is permitted


def test_what_is_not_permitted_is_said_as_argo_cd_says_it():
    one = project(sourceRepos=["http://127.0.0.1:8080/shop"], destinations=[])
    assert messages(one) == [
        f"InvalidSpecError: application repo {REPO} is not permitted in project 'team'",
        f"InvalidSpecError: application destination server '{SERVER}' and namespace 'web' do not "
        "match any of the allowed destinations in project 'team'",
    ]
    assert missing("nope").message == "Application referencing project nope which does not exist"


def test_the_default_project_permits_everything():
    one = read(default_project())
    assert refusals(one, app(), [REPO], HERE) == []
    assert refuse_object(one, obj("Namespace"), HERE, namespaced=False) == ""
    assert refuse_object(one, obj("Secret"), HERE, namespaced=True) == ""


def test_cluster_scoped_kinds_need_to_be_allowed():
    said = "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project team"
    role = obj("ClusterRole", "rbac.authorization.k8s.io/v1", "")
    assert refuse_object(project(), role, HERE, namespaced=False) == said
    allowed = project(clusterResourceWhitelist=[{"group": "rbac*", "kind": "Cluster*"}])
    assert refuse_object(allowed, role, HERE, namespaced=False) == ""
    denied = project(
        clusterResourceWhitelist=[{"group": "*", "kind": "*"}],
        clusterResourceBlacklist=[{"group": "*", "kind": "ClusterRole"}],
    )
    assert refuse_object(denied, role, HERE, namespaced=False) == said


def test_cluster_scoped_kinds_may_be_allowed_by_name():
    one = project(clusterResourceWhitelist=[{"group": "", "kind": "Namespace", "name": "team-*"}])
    assert not refuse_object(one, obj("Namespace", name="team-a"), HERE, namespaced=False)
    assert refuse_object(one, obj("Namespace", name="other"), HERE, namespaced=False)


def test_namespaced_kinds_are_allowed_unless_a_list_says_otherwise():
    assert refuse_object(project(), obj("Secret"), HERE, namespaced=True) == ""
    none = project(namespaceResourceWhitelist=[])
    assert refuse_object(none, obj("Secret"), HERE, namespaced=True) == (
        "resource :Secret is not permitted in project team"
    )
    some = project(namespaceResourceWhitelist=[{"group": "apps", "kind": "Deployment"}])
    assert refuse_object(some, obj("Deployment", "apps/v1"), HERE, namespaced=True) == ""
    without = project(namespaceResourceBlacklist=[{"group": "", "kind": "Secret"}])
    assert refuse_object(without, obj("Secret"), HERE, namespaced=True)
    assert refuse_object(without, obj("ConfigMap"), HERE, namespaced=True) == ""


def test_an_object_that_names_another_namespace_counts_with_that_one():
    one = project(destinations=[{"server": "*", "namespace": "web"}])
    assert refuse_object(one, obj("Secret", namespace="kube-system"), HERE, namespaced=True) == (
        "namespace kube-system is not permitted in project 'team'"
    )
    assert refuse_object(one, obj("Secret", namespace=""), HERE, namespaced=True) == ""


@pytest.mark.parametrize(
    ("patterns", "permitted"), [([], False), (["team-*"], True), (["/^team-.$/"], True)]
)
def test_applications_elsewhere_need_the_projects_leave(patterns, permitted):
    found = refusals(project(sourceNamespaces=patterns), app("team-a"), [REPO], HERE)
    said = "application 'web' in namespace 'team-a' is not allowed to use project team"
    assert [one.message for one in found] == ([] if permitted else [said])


def test_a_project_may_ask_for_clusters_of_its_own():
    one = project(permitOnlyProjectScopedClusters=True)
    assert len(refusals(one, app(), [REPO], HERE)) == 1
    assert refusals(one, app(), [REPO], HERE, [SERVER]) == []


def test_a_rule_that_cannot_be_kept_refuses_instead_of_being_ignored():
    found = refusals(project(signatureKeys=[{"keyID": "4AEE18F83AFDEB23"}]), app(), [REPO], HERE)
    assert [one.type for one in found] == ["InvalidSpecError"]
    assert "spec.signatureKeys" in found[0].message


def test_what_argo_cds_server_would_refuse_is_named():
    found = problems(
        {
            "sourceRepos": ["!*"],
            "destinations": [{"server": "!*", "namespace": "a"}],
            "syncWindows": [{"kind": "allows", "schedule": "* * * * *", "duration": "1h"}],
        }
    )
    assert found == (
        "server has an invalid format, '!*'",
        "source repository has an invalid format, '!*'",
        "window 'allows':'* * * * *':'1h' requires one of application, cluster or namespace",
        "kind 'allows' mismatch: can only be allow or deny",
    )


def test_orphans_are_looked_for_when_the_project_asks():
    assert project().orphans is None
    asked = project(orphanedResources={}).orphans
    assert asked is not None
    assert asked.warn
    quiet = project(orphanedResources={"warn": False, "ignore": [{"kind": "Secret"}]}).orphans
    assert quiet is not None
    assert not quiet.warn
    assert quiet.ignore[0].kind == "Secret"
