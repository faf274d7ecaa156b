from copy import deepcopy

from gitops_lab.controllers.deployment import revision
from gitops_lab.kube.objects import annotations_of, labels_of

from .objects import deployment, replica_set, rolling


def test_the_hash_is_stable_and_in_kubernetes_alphabet() -> None:
    template = deployment()["spec"]["template"]
    digest = revision.template_hash(template, None)
    assert digest == revision.template_hash(deepcopy(template), None)
    assert 5 <= len(digest) <= 10
    assert set(digest) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_a_collision_or_another_template_gives_another_hash() -> None:
    template = deployment()["spec"]["template"]
    other = deepcopy(template)
    other["spec"]["containers"][0]["image"] = "gitops-lab/web:1.1"
    hashes = {
        revision.template_hash(template, None),
        revision.template_hash(template, 1),
        revision.template_hash(template, 2),
        revision.template_hash(other, None),
    }
    assert len(hashes) == 4


def test_templates_are_equal_whatever_hash_label_they_carry() -> None:
    template = deployment()["spec"]["template"]
    labelled = deepcopy(template)
    labelled["metadata"]["labels"]["pod-template-hash"] = "abc"
    labelled["metadata"]["creationTimestamp"] = None
    assert revision.same_template(template, labelled)


def test_a_new_set_carries_hash_owner_and_annotations() -> None:
    rollout = deployment(4, strategy=rolling(1, 0))
    rollout["metadata"]["annotations"] = {
        "team": "web",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "deployment.kubernetes.io/revision": "1",
    }
    made = revision.new_replica_set(rollout, 2)
    digest = labels_of(made)["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{digest}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": digest}
    assert labels_of(made["spec"]["template"])["pod-template-hash"] == digest
    assert annotations_of(made) == {
        "team": "web",
        "deployment.kubernetes.io/revision": "2",
        "deployment.kubernetes.io/desired-replicas": "4",
        "deployment.kubernetes.io/max-replicas": "5",
    }
    assert made["metadata"]["ownerReferences"][0]["uid"] == "d-1"
    assert labels_of(rollout["spec"]["template"]) == {"app": "web"}


def test_a_set_that_is_rolled_back_to_remembers_its_old_revisions() -> None:
    one = replica_set("a", 0, revision="1")
    again = revision.set_annotations(deployment(), one, 3)
    assert again["deployment.kubernetes.io/revision"] == "3"
    assert again["deployment.kubernetes.io/revision-history"] == "1"
    one["metadata"]["annotations"] = again
    again = revision.set_annotations(deployment(), one, 5)
    assert again["deployment.kubernetes.io/revision-history"] == "1,3"


def test_a_set_keeps_a_revision_that_is_higher_already() -> None:
    one = replica_set("a", 0, revision="7")
    held = revision.set_annotations(deployment(), one, 3)
    assert held["deployment.kubernetes.io/revision"] == "7"


def test_the_oldest_set_of_the_template_is_the_new_one() -> None:
    rollout = deployment()
    sets = [replica_set("bb", 1), replica_set("a", 1), replica_set("ccc", 1)]
    for one in sets[:2]:
        one["spec"]["template"] = deepcopy(rollout["spec"]["template"])
    assert revision.find_new(rollout, sets) is sets[1]
    assert revision.find_new(rollout, sets[2:]) is None


def test_names_stay_within_the_limit() -> None:
    rollout = deployment()
    rollout["metadata"]["name"] = "x" * 253
    assert len(revision.new_replica_set(rollout, 1)["metadata"]["name"]) == 253
