from datetime import UTC, datetime
from typing import Any

import pytest

from gitops_lab.controllers.framework.ranking import DELETION_COST, pods_to_delete
from gitops_lab.kube.objects import Object, name_of

from .objects import pod

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _ready_at(time: str) -> dict[str, Any]:
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": time}
    return {"status": {"conditions": [condition]}}


@pytest.mark.parametrize(
    ("goes", "stays"),
    [
        (pod("goes", spec={"nodeName": ""}), pod("stays")),
        (pod("goes", status={"phase": "Pending"}), pod("stays")),
        (pod("goes", ready=False), pod("stays")),
        (pod("goes", metadata={"annotations": {DELETION_COST: "-1"}}), pod("stays")),
        (pod("goes", **_ready_at("2026-01-01T23:59:00Z")), pod("stays")),
        (
            pod("goes", status={"containerStatuses": [{"name": "web", "restartCount": 3}]}),
            pod("stays", status={"containerStatuses": [{"name": "web", "restartCount": 1}]}),
        ),
        (pod("goes", metadata={"creationTimestamp": "2026-01-01T23:59:00Z"}), pod("stays")),
    ],
    ids=["unassigned", "pending", "not ready", "cheap", "ready lately", "restarted", "young"],
)
def test_what_serves_least_goes_first(goes: Object, stays: Object) -> None:
    for pods in ([goes, stays], [stays, goes]):
        assert [name_of(one) for one in pods_to_delete(pods, [], 1, NOW)] == ["goes"]


def test_the_pod_on_the_crowded_node_goes() -> None:
    crowded, alone = pod("crowded"), pod("alone", spec={"nodeName": "node-2"})
    related = [crowded, alone, pod("neighbour")]
    assert pods_to_delete([alone, crowded], related, 1, NOW) == [crowded]


def test_when_all_go_none_is_ranked() -> None:
    pods = [pod("b"), pod("a")]
    assert pods_to_delete(pods, [], 2, NOW) == pods
