"""Health follows the objects by watch, without a commit and without polling."""

from typing import Any

from gitops_lab.engine import ops
from gitops_lab.engine.explain import Explanation
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import dump
from tests.engine.world import KUBECONFIG, World
from tests.waiting import eventually

DEPLOYMENT: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    },
}


def live(world: World) -> Object:
    return world.client.get("apps/v1", "Deployment", "web", world.namespace)


def set_status(world: World, **status: Any) -> None:
    generation = live(world)["metadata"]["generation"]
    counts = {"replicas": 1, "updatedReplicas": 1, "observedGeneration": generation}
    patch = {"status": {**counts, **status}}
    world.client.patch(live(world), patch, subresource="status", field_manager="controller")


def make_pod(world: World, state: Object) -> None:
    """A pod behind the Deployment; no kubelet runs here."""
    template = DEPLOYMENT["spec"]["template"]
    pod = world.client.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": world.namespace, **template["metadata"]},
            "spec": template["spec"],
        }
    )
    container = {"name": "web", "image": "web:1", "imageID": "", "ready": False, "restartCount": 0}
    status = {"phase": "Pending", "containerStatuses": [{**container, "state": state}]}
    world.client.patch(pod, {"status": status}, subresource="status")


def test_a_rollout_is_progressing_then_healthy_and_costs_no_pass(world: World) -> None:
    world.repo({"web.yaml": dump(DEPLOYMENT)})
    world.app()
    view = world.until_reason("Progressing")
    assert view.status.sync == "Synced"
    planned = sum(1 for event in world.events if event.reason == "Planned")

    set_status(world, readyReplicas=1, availableReplicas=1)

    view = world.until_reason("Synced")
    assert view.status.health.status == "Healthy"
    assert sum(1 for event in world.events if event.reason == "Planned") == planned


def test_an_image_that_cannot_be_pulled_is_explained_down_to_the_field(world: World) -> None:
    world.repo({"web.yaml": dump(DEPLOYMENT)})
    world.app()
    world.until_reason("Progressing")
    if not KUBECONFIG:  # there the Deployment's own can't be pulled either
        make_pod(world, {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})

    def explained() -> Explanation | None:
        told = ops.explain_app(world.view(), {"main": world.client}, world.sources)
        return told if told.reason == "ImagePullFailed" else None

    explanation = eventually(explained, timeout=60)
    assert explanation.link == "health"
    assert explanation.field == "spec.template.spec.containers[name=web].image"
    assert (explanation.file, explanation.line) == ("web.yaml", 17)
    assert "web:1" in explanation.message


def test_a_scaled_deployment_is_drift_with_its_field_and_who_did_it(world: World) -> None:
    world.repo({"web.yaml": dump(DEPLOYMENT)})
    world.app(syncPolicy={"automated": True})
    world.until_reason("Progressing")

    world.client.patch(live(world), {"spec": {"replicas": 5}}, field_manager="kubectl-scale")
    view = world.until_reason("Drifted")

    explanation = ops.explain_app(view, {"main": world.client}, world.sources)
    assert (explanation.link, explanation.field) == ("diff", "spec.replicas")
    assert "spec.replicas is 5, Git says 1, changed by kubectl-scale" in explanation.message
    set_status(world, readyReplicas=1, availableReplicas=1)
    assert eventually(lambda: world.loop.idle(3))


def test_the_same_drift_again_and_again_is_called_a_fight_and_healed_more_slowly(
    world: World,
) -> None:
    world.repo({"web.yaml": dump(DEPLOYMENT)})
    world.app()
    world.until_reason("Progressing")

    for replicas in range(2, 30):
        world.client.patch(live(world), {"spec": {"replicas": replicas}}, field_manager="rival")
        eventually(
            lambda: live(world)["spec"]["replicas"] == 1 or world.view().status.reason == "Fight"
        )
        if world.view().status.reason == "Fight":
            break

    assert "changed again by rival after 5 healings" in world.view().status.message
    eventually(lambda: live(world)["spec"]["replicas"] == 1)
