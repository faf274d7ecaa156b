"""The shop on a whole small cluster: three services, and a store whose orders outlive its pod."""

import json
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import annotations_of, uid_of
from tests.node.cluster import Space
from tests.waiting import eventually

PROBE = {"httpGet": {"path": "/readyz", "port": 8080}}


def service(space: Space, part: str, kind: str = "ClusterIP") -> None:
    ports = [{"port": 8080, "targetPort": 8080}]
    spec = {"type": kind, "selector": {"app": f"shop-{part}"}, "ports": ports}
    space.create("v1", "Service", f"shop-{part}", spec=spec)


def template(part: str, **more: Any) -> dict[str, Any]:
    container = {
        "name": part,
        "image": f"gitops-lab/shop-{part}:1.0",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {**PROBE, "periodSeconds": 1},
        **more,
    }
    labels = {"app": f"shop-{part}"}
    return {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }


def open_shop(space: Space) -> None:
    for part in ("store", "api", "web"):
        service(space, part, "NodePort" if part == "web" else "ClusterIP")
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    mounts = [{"name": "data", "mountPath": "/data"}]
    spec = {
        **template("store", volumeMounts=mounts),
        "serviceName": "shop-store",
        "volumeClaimTemplates": [claim],
    }
    space.create("apps/v1", "StatefulSet", "shop-store", spec=spec)
    for part in ("api", "web"):
        space.create("apps/v1", "Deployment", f"shop-{part}", spec=template(part))


def ask(space: Space, path: str, body: bytes | None = None) -> tuple[int, str]:
    url = annotations_of(space.get("shop-web", "Service")).get("gitops-lab.dev/url", "")
    try:
        request = Request(f"{url}{path}", data=body)
        with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except (OSError, ValueError) as error:
        raise LookupError(str(error)) from error


def orders(space: Space) -> int:
    return int(json.loads(ask(space, "/api/info")[1])["api"]["store"]["orders"])


def stored(space: Space) -> str:
    """The uid of the store's pod, "" while there is none."""
    try:
        return uid_of(space.get("shop-store-0"))
    except NotFound:
        return ""


def test_orders_outlive_the_pod_of_the_store(each_space: Space) -> None:
    space = each_space
    open_shop(space)
    eventually(lambda: ask(space, "/api/info")[0] == 200)
    assert ask(space, "/order", b"item=cheese")[0] == 200
    assert orders(space) == 1
    first = stored(space)
    space.client.delete("v1", "Pod", "shop-store-0", space.name)
    eventually(lambda: stored(space) not in (first, ""))
    eventually(lambda: orders(space) == 1)
    assert "1 orders, 4.80" in ask(space, "/")[1]
