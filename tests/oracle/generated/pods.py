"""Pods and what makes pods."""

from typing import Any

from tests.oracle.generated.draw import Draw, Object

PROBES: list[Object] = [
    {"httpGet": {"port": 80}},
    {"tcpSocket": {"port": "web"}},
    {"exec": {"command": ["x"]}, "periodSeconds": 5},
    {"httpGet": {"port": 80, "path": "/x"}, "initialDelaySeconds": 3},
]
VOLUMES: list[Object] = [
    {"emptyDir": {}},
    {"configMap": {"name": "c"}},
    {"secret": {"secretName": "s", "defaultMode": 256}},
    {"hostPath": {"path": "/x"}},
    {"projected": {"sources": [{"configMap": {"name": "c"}}]}},
]


def container(draw: Draw, name: str) -> Object:
    """A container."""
    return draw.fill(
        {"name": name, "image": draw.one(["a:1", "a:2", "b", "c:latest"])},
        env=(0.4, lambda: _environment(draw)),
        ports=(0.4, lambda: _ports(draw, 80 + 10 * "xyz".index(name))),
        resources=(0.3, lambda: _resources(draw)),
        readinessProbe=(0.1, lambda: draw.one(PROBES)),
        livenessProbe=(0.1, lambda: draw.one(PROBES)),
        command=(0.2, lambda: draw.some(["sh", "-c", "x"])),
        securityContext=(0.2, lambda: draw.one([{}, {"runAsUser": 0}, {"privileged": False}])),
        imagePullPolicy=(0.1, lambda: draw.bad(draw.one(["Always", "Never"]), "Bad")),
        lifecycle=(0.1, lambda: {"preStop": {"exec": {"command": ["x"]}}}),
        stdin=(0.05, lambda: draw.one([True, False])),
        workingDir=(0.1, lambda: "/x"),
    )


def _environment(draw: Draw) -> list[Object]:
    found: list[Object] = [{"name": n, "value": draw.one(["1", "2", ""])} for n in draw.some("ABC")]
    if draw.often(0.2):
        field = {"fieldRef": {"fieldPath": "metadata.name"}}
        found.append({"name": "D", "valueFrom": draw.one([field, _of_map()])})
    return found


def _of_map() -> Object:
    return {"configMapKeyRef": {"name": "c", "key": "k"}}


def _ports(draw: Draw, first: int) -> list[Object]:
    """Ports that no other container of the pod has."""
    return [
        draw.fill(
            {"containerPort": draw.bad(number, 0, 70000)},
            name=(0.4, f"p{number}".__str__),
            protocol=(0.3, lambda: draw.one(["TCP", "UDP"])),
        )
        for number in draw.some([first, first + 1, first + 2], 0, 2)
    ]


def _resources(draw: Draw) -> Object:
    amounts: dict[str, list[Any]] = {
        "cpu": ["1", "1500m", 2, "1.0"],
        "memory": ["1Gi", "1024Mi", "1500"],
    }
    names = draw.some(["cpu", "memory"], 1)
    asked: Object = {name: draw.one(amounts[name]) for name in names}
    return draw.one([{"requests": asked}, {"limits": asked}, {"limits": asked, "requests": asked}])


def pod_spec(draw: Draw) -> Object:
    """The spec of a pod."""
    return draw.fill(
        {"containers": [container(draw, name) for name in draw.some("xyz", 1, 2)]},
        initContainers=(0.2, lambda: [{"name": draw.bad("i", "x"), "image": "i:1"}]),
        volumes=(0.3, lambda: [{"name": n, **draw.one(VOLUMES)} for n in draw.some("vw", 1)]),
        nodeSelector=(0.1, draw.labels),
        terminationGracePeriodSeconds=(0.1, lambda: draw.one([0, 5, 30])),
        securityContext=(0.1, lambda: draw.one([{}, {"runAsNonRoot": True}, {"fsGroup": 1}])),
        tolerations=(0.1, lambda: [draw.bad({"operator": "Exists"}, {"operator": "Equal"})]),
        hostNetwork=(0.05, lambda: draw.one([True, False])),
        dnsPolicy=(0.05, lambda: draw.bad("Default", "Bad")),
        priority=(0.0, lambda: 0),
        hostAliases=(0.05, lambda: [{"ip": "1.2.3.4", "hostnames": ["a"]}]),
    )


def pod(draw: Draw, name: str) -> Object:
    """A pod."""
    return {"metadata": draw.metadata(name), "spec": pod_spec(draw)}


def _template(draw: Draw) -> Object:
    labels = {"app": draw.bad("a", "b")}
    return {"metadata": {"labels": labels}, "spec": pod_spec(draw)}


def _workload(draw: Draw, name: str, **parts: Any) -> Object:
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": _template(draw)}
    return {"metadata": draw.metadata(name), "spec": draw.fill(spec, **parts)}


def _replicas(draw: Draw) -> tuple[float, Any]:
    return (0.5, lambda: draw.bad(draw.one([0, 1, 2, 3]), -1, "x"))


ROLLING: list[Object] = [
    {"type": "Recreate"},
    {"type": "RollingUpdate"},
    {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
    {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 0}},
]


def deployment(draw: Draw, name: str) -> Object:
    """A Deployment."""
    return _workload(
        draw,
        name,
        replicas=_replicas(draw),
        strategy=(0.3, lambda: draw.bad(draw.one(ROLLING), {"type": "X"})),
        paused=(0.2, lambda: draw.one([True, False])),
        minReadySeconds=(0.2, lambda: draw.one([0, 5])),
        revisionHistoryLimit=(0.2, lambda: draw.one([0, 5])),
        progressDeadlineSeconds=(0.1, lambda: 60),
    )


def replica_set(draw: Draw, name: str) -> Object:
    """A ReplicaSet."""
    return _workload(draw, name, replicas=_replicas(draw))


def daemon_set(draw: Draw, name: str) -> Object:
    """A DaemonSet."""
    strategies = [{"type": "OnDelete"}, {"rollingUpdate": {"maxUnavailable": 2}}]
    return _workload(draw, name, updateStrategy=(0.3, lambda: draw.one(strategies)))


def stateful_set(draw: Draw, name: str) -> Object:
    """A StatefulSet."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    strategies = [{"type": "OnDelete"}, {"rollingUpdate": {"partition": 1}}]
    return _workload(
        draw,
        name,
        replicas=_replicas(draw),
        serviceName=(0.7, lambda: draw.one("ab")),
        podManagementPolicy=(0.3, lambda: draw.bad("Parallel", "X")),
        updateStrategy=(0.3, lambda: draw.one(strategies)),
        volumeClaimTemplates=(0.3, lambda: [{"metadata": {"name": "v"}, "spec": claim}]),
    )


def job_spec(draw: Draw) -> Object:
    """The spec of a Job."""
    template = {"spec": pod_spec(draw)}
    template["spec"]["restartPolicy"] = draw.bad(draw.one(["Never", "OnFailure"]), "Always")
    return draw.fill(
        {"template": template},
        completions=(0.3, lambda: draw.one([1, 2])),
        parallelism=(0.3, lambda: draw.bad(draw.one([0, 1, 2]), -1)),
        backoffLimit=(0.2, lambda: draw.one([0, 3])),
        ttlSecondsAfterFinished=(0.1, lambda: 100),
    )


def job(draw: Draw, name: str) -> Object:
    """A Job."""
    return {"metadata": draw.metadata(name), "spec": job_spec(draw)}


def cron_job(draw: Draw, name: str) -> Object:
    """A CronJob."""
    spec = {"schedule": draw.bad("*/5 * * * *", "* *"), "jobTemplate": {"spec": job_spec(draw)}}
    draw.fill(
        spec,
        suspend=(0.3, lambda: draw.one([True, False])),
        concurrencyPolicy=(0.3, lambda: draw.bad(draw.one(["Forbid", "Replace"]), "X")),
        successfulJobsHistoryLimit=(0.2, lambda: draw.one([0, 2])),
    )
    return {"metadata": draw.metadata(name), "spec": spec}
