"""Rules alone: what they allow, what covers what."""

import pytest

from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.rbac.attributes import Attributes, named_by_selector, of_unserved
from gitops_lab.apiserver.rbac.rules import allows, told, uncovered

JANE = User("jane")
READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "*/scale"]}


def asked(verb: str, resource: str, name: str = "", group: str = "") -> Attributes:
    plural, _, subresource = resource.partition("/")
    return Attributes(JANE, verb, group, plural, subresource, name, "default")


@pytest.mark.parametrize(
    ("verb", "resource", "allowed"),
    [
        ("get", "pods", True),
        ("delete", "pods", False),
        ("get", "pods/log", False),
        ("get", "deployments/scale", True),
        ("get", "deployments", False),
    ],
)
def test_a_rule_allows_its_verbs_on_its_resources(verb: str, resource: str, allowed: bool) -> None:
    assert allows(READ, asked(verb, resource)) is allowed


def test_names_restrict_and_say_nothing_of_the_whole_collection() -> None:
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["one"]}
    assert allows(rule, asked("get", "pods", "one", "apps"))
    assert not allows(rule, asked("get", "pods", "two"))
    assert not allows(rule, asked("list", "pods"))


def test_paths_end_in_a_star() -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/apis/*"]}
    for path, allowed in (("/healthz", True), ("/healthz/x", False), ("/apis/apps", True)):
        assert allows(rule, Attributes(JANE, "get", path=path)) is allowed


def test_what_is_lacking_is_told_once_for_each_resource() -> None:
    wanted = [{"verbs": ["get", "delete", "watch"], "apiGroups": [""], "resources": ["pods"]}]
    missing = uncovered([READ], wanted)
    assert told(missing) == ['{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}']
    assert not uncovered([READ], [{**wanted[0], "verbs": ["get"]}])


def test_a_name_is_covered_by_no_name_but_not_the_other_way() -> None:
    named = {**READ, "resourceNames": ["one"]}
    assert not uncovered([READ], [named])
    assert uncovered([named], [READ])


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("metadata.name=one", "one"),
        ("spec.nodeName=a,metadata.name==one", "one"),
        ("metadata.name!=one", ""),
        ("metadata.namespace=one", ""),
    ],
)
def test_a_selector_can_name_one_object(selector: str, name: str) -> None:
    assert named_by_selector(selector) == name


def test_a_path_that_is_not_served_is_judged_by_its_looks() -> None:
    found = of_unserved(JANE, "DELETE", "/apis/none.example/v1/namespaces/here/things/one/part")
    assert (found.verb, found.group, found.resource) == ("delete", "none.example", "things")
    assert (found.subresource, found.name, found.namespace) == ("part", "one", "here")
    assert of_unserved(JANE, "GET", "/apis/none.example").path == "/apis/none.example"
