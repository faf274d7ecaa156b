"""Generators, templates and policies of ApplicationSets: pure."""

import pytest

from gitops_lab.dialects.argocd.cluster_secrets import ClusterEntry
from gitops_lab.dialects.argocd.sets.applications import applications
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.generators import generate, requeue
from gitops_lab.dialects.argocd.sets.params import Filler, flat, sanitized, slug
from gitops_lab.dialects.argocd.sets.policy import policy_of, steps
from gitops_lab.dialects.argocd.sets.status import conditions

REPO = "http://127.0.0.1:1/apps.git"
FILES = {
    "README.md": "only words",
    "apps/api/deploy.yaml": "",
    "apps/web/deploy.yaml": "",
    "apps/web/base/x.yaml": "",
    "apps/.hidden/x.yaml": "",
    "apps/old/x.yaml": "",
    "envs/prod/config.json": """
        {"name": "prod", "replicas": 3, "labels": {"a": "b"}, "zones": ["x"]}""",
    "envs/dev/config.yaml": "- name: dev1\n- name: dev2\n",
}
IN_CLUSTER = ClusterEntry("in-cluster", "https://kubernetes.default.svc", labelled=False)
STAGING = ClusterEntry("Staging_1", "https://staging", labels={"env": "staging"})
PROD = ClusterEntry("prod", "https://prod", "team", {"env": "prod"}, {"zone": "eu"})


class Fake:
    """A repository and three clusters that are written down here."""

    def clusters(self):
        return [IN_CLUSTER, STAGING, PROD]

    def commit(self, url, revision):
        if url != REPO:
            raise SetError(f"error retrieving Git repository {url}")
        return "c0ffee"

    def files(self, url, commit):
        return sorted(FILES)

    def read(self, url, commit, path):
        return FILES[path]


def params(*generators, go=False, options=()):
    found = generate(generators, Filler(go, options), Fake())
    return [one for each in found for one in each.params]


def refused(*generators, **more):
    with pytest.raises(SetError) as caught:
        params(*generators, **more)
    return caught.value.message


def elements(*items, **more):
    return {"list": {"elements": list(items), **more}}


def test_list_gives_its_elements():
    assert params(elements({"env": "dev"}, {"env": "prod", "values": {"n": "2"}})) == [
        {"env": "dev"},
        {"env": "prod", "values.n": "2"},
    ]


def test_without_go_templates_a_list_takes_texts_only():
    assert "error parsing value as string" in refused(elements({"replicas": 2}))
    assert params(elements({"replicas": 2}), go=True) == [{"replicas": 2}]


def test_clusters_gives_each_cluster_and_its_marks():
    found = params({"clusters": {"values": {"where": "{{name}}.local"}}})
    assert [one["name"] for one in found] == ["in-cluster", "Staging_1", "prod"]
    assert found[0]["server"] == "https://kubernetes.default.svc"
    assert found[1]["nameNormalized"] == "staging-1"
    assert found[2]["metadata.labels.env"] == "prod"
    assert found[2]["metadata.annotations.zone"] == "eu"
    assert found[2]["values.where"] == "prod.local"


def test_a_cluster_without_secret_has_no_labels_to_select_it_by():
    chosen = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}
    assert [one["name"] for one in params(chosen, go=True)] == ["prod"]
    without = {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}
    assert [one["name"] for one in params({"clusters": {"selector": without}})] == ["Staging_1"]


def test_clusters_may_come_in_one_list():
    found = params({"clusters": {"flatList": True}}, go=True)
    assert [one["name"] for one in found[0]["clusters"]] == ["in-cluster", "Staging_1", "prod"]


def git(**more):
    return {"git": {"repoURL": REPO, "revision": "HEAD", **more}}


def test_git_gives_folders_where_a_star_stays_within_one():
    one = git(directories=[{"path": "apps/*"}, {"path": "apps/old", "exclude": True}])
    assert [item["path"] for item in params(one)] == ["apps/api", "apps/web"]
    assert params(one)[1] == {
        "path": "apps/web",
        "path.basename": "web",
        "path.basenameNormalized": "web",
        "path[0]": "apps",
        "path[1]": "web",
        "commitSHA": "c0ffee",
    }


def test_go_templates_see_a_path_as_a_mapping():
    found = params(git(directories=[{"path": "apps/web"}], pathParamPrefix="my"), go=True)
    assert found[0]["my"]["path"]["segments"] == ["apps", "web"]
    assert found[0]["my"]["commitSHA"] == "c0ffee"


def test_git_reads_files_and_a_star_crosses_folders():
    found = params(git(files=[{"path": "envs/*.json"}, {"path": "envs/*.yaml"}]))
    assert [one["name"] for one in found] == ["dev1", "dev2", "prod"]
    prod = found[2]
    assert (prod["replicas"], prod["labels.a"], prod["zones.0"]) == ("3", "b", "x")
    assert (prod["path"], prod["path.filename"]) == ("envs/prod", "config.json")
    assert prod["path.filenameNormalized"] == "config.json"


def test_git_errors_say_where_they_are_from():
    wrong = {"git": {"repoURL": "http://x", "revision": "", "directories": [{"path": "*"}]}}
    said = (
        "error generating params from git: error getting directories from repo: error retrieving "
        "Git Directories: error retrieving Git repository http://x"
    )
    assert refused(wrong) == said
    assert refused(git(files=[{"path": "README.md"}])) == (
        "error generating params from git: unable to process file 'README.md': unable to parse "
        "file: it holds neither a mapping nor a list of mappings"
    )


def test_matrix_pairs_each_with_each_and_the_second_may_use_the_first():
    inner = [
        elements({"folder": "apps"}, {"folder": "envs"}),
        git(directories=[{"path": "{{folder}}/*"}]),
    ]
    found = params({"matrix": {"generators": inner}})
    assert [(one["folder"], one["path"]) for one in found] == [
        ("apps", "apps/api"),
        ("apps", "apps/old"),
        ("apps", "apps/web"),
        ("envs", "envs/dev"),
        ("envs", "envs/prod"),
    ]


def test_matrix_takes_exactly_two_and_no_contradiction():
    one = elements({"a": "1"})
    assert refused({"matrix": {"generators": [one]}}).startswith("found less than two")
    assert refused({"matrix": {"generators": [one] * 3}}).startswith("found more than two")
    both = {"matrix": {"generators": [one, elements({"a": "2"})]}}
    assert "found duplicate key a with different value" in refused(both)


def test_merge_lays_others_over_the_first():
    base = {"clusters": {"values": {"n": "1"}}}
    over = elements({"name": "prod", "values": {"n": "3"}}, {"name": "other"})
    found = params({"merge": {"mergeKeys": ["name"], "generators": [base, over]}})
    assert [(one["name"], one["values.n"]) for one in found] == [
        ("in-cluster", "1"),
        ("Staging_1", "1"),
        ("prod", "3"),
    ]


def test_merge_needs_keys_that_are_unique():
    same = elements({"a": "1"}, {"a": "1"})
    one = {"merge": {"mergeKeys": ["a"], "generators": [same, same]}}
    assert "were not unique by the given mergeKeys" in refused(one)
    assert "no merge keys" in refused({"merge": {"mergeKeys": [], "generators": [same, same]}})


def test_a_generators_selector_filters_what_it_gives():
    one = {**git(directories=[{"path": "apps/*"}])}
    one["selector"] = {"matchLabels": {"path.basename": "web"}}
    assert [item["path"]["path"] for item in params(one, go=True)] == ["apps/web"]


@pytest.mark.parametrize(
    "kind", ["scmProvider", "pullRequest", "clusterDecisionResource", "plugin"]
)
def test_generators_that_need_the_outside_are_refused_by_name(kind):
    assert f"the generator {kind} is not supported here" in refused({kind: {}})


def test_only_git_is_asked_again_after_a_while():
    assert requeue([elements({})]) is None
    assert requeue([git()]) == 180
    assert requeue([{"matrix": {"generators": [elements({}), git(requeueAfterSeconds=20)]}}]) == 20


def owner(**spec):
    meta = {"name": "set", "namespace": "argocd", "uid": "u1"}
    return {"kind": "ApplicationSet", "metadata": meta, "spec": spec}


def template(name="{{name}}-web", **spec):
    return {"metadata": {"name": name}, "spec": {"project": "default", **spec}}


def made(generators, go=False, **spec):
    obj = owner(generators=generators, goTemplate=go, **spec)
    filler = Filler(go, spec.get("goTemplateOptions", ()))
    return applications(obj, generate(generators, filler, Fake()), filler)


def test_the_template_is_filled_and_owned():
    app = made([elements({"name": "a"})], template=template(source={"path": "x/{{ name }}"}))[0]
    assert app["metadata"] == {
        "name": "a-web",
        "namespace": "argocd",
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        "ownerReferences": [
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "ApplicationSet",
                "name": "set",
                "uid": "u1",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    assert app["spec"]["source"]["path"] == "x/a"


def test_without_go_templates_an_unknown_parameter_stays_as_it_stands():
    assert made([elements({"name": "a"})], template=template("{{nope}}"))[0]["metadata"][
        "name"
    ] == ("{{nope}}")


def test_go_templates_may_be_strict():
    wrong = {"template": template("{{.nope}}"), "goTemplateOptions": ["missingkey=error"]}
    with pytest.raises(SetError, match='map has no entry for key "nope"') as caught:
        made([elements({"name": "a"})], go=True, **wrong)
    assert caught.value.reason == "RenderTemplateParamsError"


def test_argo_cds_own_functions_are_there():
    text = "{{ .name | normalize }} {{ slugify 5 true .name }} {{ toYaml .list }}"
    params = {"name": "My App_1", "list": {"a": 1}}
    assert Filler(go=True).text(text, params) == "my-app-1 my a: 1"


def test_preserving_resources_means_no_finalizer():
    apps = made(
        [elements({"name": "a"})],
        template=template(),
        syncPolicy={"preserveResourcesOnDeletion": True},
    )
    assert "finalizers" not in apps[0]["metadata"]


def test_a_generators_template_goes_first():
    own = {"metadata": {"name": "own-{{name}}"}, "spec": {"project": ""}}
    app = made([elements({"name": "a"}, template=own)], template=template())[0]
    assert (app["metadata"]["name"], app["spec"]["project"]) == ("own-a", "default")


def test_a_template_patch_may_change_all_but_the_project():
    patch = "metadata: {labels: {env: '{{ .name }}'}}\nspec: {project: other, x: null, y: [1]}"
    one = template("{{.name}}", x=1, y=[2])
    app = made([elements({"name": "a"})], go=True, template=one, templatePatch=patch)[0]
    assert app["metadata"]["labels"] == {"env": "a"}
    assert app["spec"] == {"project": "default", "y": [1]}
    with pytest.raises(SetError, match=r"needs spec\.goTemplate"):
        made([elements({"name": "a"})], template=template(), templatePatch=patch)


def planned(live, wanted=("a", "b"), **spec):
    apps = made(
        [elements(*({"name": one} for one in wanted))], template=template("{{name}}"), **spec
    )
    return steps(owner(**spec), apps, live, policy_of(spec))


def live(name, owned=True, **spec):
    app = made([elements({"name": name})], template=template("{{name}}", **spec))[0]
    if not owned:
        del app["metadata"]["ownerReferences"]
    return app


@pytest.mark.parametrize(
    ("word", "updates", "deletes"),
    [
        ("", True, True),
        ("sync", True, True),
        ("create-only", False, False),
        ("create-update", True, False),
        ("create-delete", False, True),
    ],
)
def test_a_sync_policy_says_how_far_to_go(word, updates, deletes):
    there = [live("a", changed=1), live("gone"), live("other", owned=False)]
    todo = planned(there, syncPolicy={"applicationsSync": word})
    assert [app["metadata"]["name"] for app in todo.create] == ["b"]
    assert [patch for _, patch in todo.update] == ([{"spec": {"changed": None}}] if updates else [])
    assert todo.delete == (("gone",) if deletes else ())


def test_labels_that_somebody_added_go_unless_they_are_preserved():
    there = live("a")
    there["metadata"] |= {"labels": {"mine": "1"}, "annotations": {"x": "1"}}
    there["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal"
    assert planned([there], ["a"]).update[0][1] == {
        "metadata": {"labels": None, "annotations": {"x": None}}
    }
    kept = {"labels": ["mine"], "annotations": ["x"]}
    assert planned([there], ["a"], preservedFields=kept).update == ()


@pytest.mark.parametrize(
    "rule",
    [
        {"jsonPointers": ["/spec/extra"]},
        {"name": "a", "jqPathExpressions": [".spec.extra"]},
    ],
)
def test_fields_may_be_left_to_others(rule):
    there = [live("a", extra=1)]
    assert planned(there, ["a"]).update
    assert planned(there, ["a"], ignoreApplicationDifferences=[rule]).update == ()
    elsewhere = [{**rule, "name": "b"}]
    assert planned(there, ["a"], ignoreApplicationDifferences=elsewhere).update


def test_an_expression_that_is_more_than_a_path_is_refused():
    rule = {"jqPathExpressions": [".spec | del(.x)"]}
    with pytest.raises(SetError, match="jqPathExpressions"):
        planned([live("a")], ["a"], ignoreApplicationDifferences=[rule])


def test_an_application_of_another_set_is_not_taken():
    there = live("a")
    there["metadata"]["ownerReferences"][0]["uid"] = "u2"
    with pytest.raises(SetError, match="already owned by another ApplicationSet"):
        planned([there], ["a"])


def test_conditions_are_argo_cds():
    found = conditions([], None, generated=True)
    assert [(one["type"], one["status"], one["reason"]) for one in found] == [
        ("ErrorOccurred", "False", "ApplicationSetUpToDate"),
        ("ParametersGenerated", "True", "ParametersGenerated"),
        ("ResourcesUpToDate", "True", "ApplicationSetUpToDate"),
    ]
    failed = conditions(found, SetError("no"), generated=False)
    assert [(one["type"], one["status"], one["message"]) for one in failed] == [
        ("ErrorOccurred", "True", "no"),
        ("ParametersGenerated", "False", "no"),
        ("ResourcesUpToDate", "False", "no"),
    ]


def test_names_are_made_fit():
    assert sanitized("My_App.X-") == "my-app.x"
    assert slug("Feature/Fancy Things") == "feature-fancy-things"
    assert slug(8, True, "feature-fancy") == "feature"
    assert slug(8, False, "feature-fancy") == "feature-"
    assert slug(3, True, "feature") == "fea"
    assert slug("Zürich & Bern_") == "zurich-and-bern"
    assert flat({"a": {"b": [1, {"c": True}]}}) == {"a.b.0": "1", "a.b.1.c": "true"}
