from dataclasses import replace

from gitops_lab.apiserver.types import ANYTHING, Registry, Resource, builtin_resources


def test_it_finds_a_resource_by_its_path_and_by_its_kind():
    registry = Registry.builtin()
    deployments = registry.lookup("apps", "v1", "deployments")
    assert deployments is registry.by_kind("apps", "v1", "Deployment")
    assert deployments.api_version == "apps/v1"
    assert deployments.group_resource == "deployments.apps"
    assert deployments.list_kind == "DeploymentList"
    assert deployments.short_names == ("deploy",)
    assert deployments.namespaced


def test_subresources_say_the_version_of_their_own_body():
    pods = Registry.builtin().lookup("", "v1", "pods")
    assert pods.subresource("eviction").group == "policy"
    assert pods.subresource("exec").kind == "PodExecOptions"
    assert pods.subresource("nothing") is None


def test_a_default_server_serves_stable_versions_only():
    versions = {resource.version for resource in Registry.builtin().all()}
    assert versions == {"v1", "v2"}
    assert len(builtin_resources(preview=True)) > len(builtin_resources())


def test_core_comes_first_as_in_discovery():
    assert Registry.builtin().all()[0].group == ""


def test_every_change_raises_the_generation():
    registry = Registry.builtin()
    start = registry.generation
    widget = Resource("x.dev", "v1", "Widget", "widgets", "widget", True, ("get",), ANYTHING)
    registry.add(widget)
    registry.add(replace(widget, version="v2"))
    assert registry.generation == start + 2
    registry.remove("x.dev", "widgets")
    assert registry.generation == start + 3
    assert registry.lookup("x.dev", "v1", "widgets") is None
    assert registry.by_kind("x.dev", "v2", "Widget") is None


def test_removing_what_is_not_there_changes_nothing():
    registry = Registry.builtin()
    start = registry.generation
    registry.remove("x.dev", "widgets")
    assert registry.generation == start
