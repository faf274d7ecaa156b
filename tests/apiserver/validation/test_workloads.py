import copy

import pytest

from tests.apiserver.validation.objects import LABEL, deployment, pod, problems

C = "spec.containers[0]"


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (pod(containers=[]), ["spec.containers: Required value"]),
        (pod({"name": ""}), [f"{C}.name: Required value"]),
        (pod({"image": ""}), [f"{C}.image: Required value"]),
        (pod({"name": "A"}), [f'{C}.name: Invalid value: "A": {LABEL}']),
        (
            pod({"imagePullPolicy": "Sometimes"}),
            [
                f'{C}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always",'
                ' "IfNotPresent", "Never"'
            ],
        ),
        (
            pod({"volumeMounts": [{"name": "v", "mountPath": "/x"}]}),
            [f'{C}.volumeMounts[0].name: Not found: "v"'],
        ),
        (pod({"ports": [{"containerPort": 0}]}), [f"{C}.ports[0].containerPort: Required value"]),
        (
            pod({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}),
            [
                f'{C}.resources.requests: Invalid value: "2": must be less than or equal to cpu '
                "limit of 1"
            ],
        ),
        (
            pod({"env": [{"name": "A", "valueFrom": {}}]}),
            [
                f'{C}.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, '
                "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            ],
        ),
        (
            pod({"livenessProbe": {}}),
            [f"{C}.livenessProbe: Required value: must specify a handler type"],
        ),
        (
            pod({"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}}),
            [f"{C}.livenessProbe.successThreshold: Invalid value: 2: must be 1"],
        ),
        (
            pod(restartPolicy="Maybe"),
            [
                'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", '
                '"OnFailure", "Never"'
            ],
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}, "configMap": {"name": "c"}}]),
            ["spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]),
            ['spec.volumes[1].name: Duplicate value: "v"'],
        ),
    ],
    ids=[
        "no-containers",
        "no-name",
        "no-image",
        "name",
        "pull-policy",
        "mount",
        "port",
        "resources",
        "env",
        "probe",
        "threshold",
        "restart",
        "two-sources",
        "twice",
    ],
)
def test_pods(obj, expected):
    assert problems(obj) == expected


def test_container_names_are_unique():
    obj = pod()
    obj["spec"]["containers"] *= 2
    assert problems(obj) == ['spec.containers[1].name: Duplicate value: "c"']


UNMATCHED = (
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match '
    "template `labels`"
)


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (deployment(selector=None), ["spec.selector: Required value", UNMATCHED]),
        (deployment(selector={"matchLabels": {"app": "x"}}), [UNMATCHED]),
        (
            deployment(selector={}),
            ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
        ),
        (
            deployment(replicas=-1),
            ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            deployment(strategy={"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 0}}),
            [
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
                "`maxSurge` is 0"
            ],
        ),
        (
            deployment(strategy={"type": "Recreate", "rollingUpdate": {}}),
            [
                "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy "
                "`type` is 'Recreate'"
            ],
        ),
        (
            deployment(strategy={"type": "Blue"}),
            [
                'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported '
                'values: "Recreate", "RollingUpdate"'
            ],
        ),
        (
            deployment(progressDeadlineSeconds=5, minReadySeconds=5),
            [
                "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than "
                "minReadySeconds"
            ],
        ),
    ],
    ids=["none", "unmatched", "empty", "replicas", "zero", "recreate", "type", "deadline"],
)
def test_deployments(obj, expected):
    assert problems(obj) == expected


def test_selectors_with_expressions_match_too():
    expression = {"key": "app", "operator": "In", "values": ["web", "other"]}
    assert problems(deployment(selector={"matchExpressions": [expression]})) == []
    negative = {"key": "app", "operator": "NotIn", "values": ["web"]}
    assert problems(deployment(selector={"matchExpressions": [negative]})) == [UNMATCHED]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])
def test_a_selector_does_not_change(kind):
    old = deployment(kind)
    new = copy.deepcopy(old)
    new["spec"]["selector"] = {"matchLabels": {"app": "web", "x": "y"}}
    new["spec"]["template"]["metadata"]["labels"]["x"] = "y"
    assert problems(new, old) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable'
    ]


def test_a_template_is_judged_like_a_pod():
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    assert problems(obj) == ["spec.template.spec.containers[0].image: Required value"]


def test_a_template_restarts_always_and_a_job_never_does():
    obj = deployment()
    obj["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    path = "spec.template.spec.restartPolicy"
    assert problems(obj) == [f'{path}: Unsupported value: "Never": supported values: "Always"']
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}}
    template = {"metadata": {"labels": {"a": "b"}}}
    template["spec"] = {"containers": [{"name": "c", "image": "c:1"}]}
    job["spec"] = {"template": template, "selector": {"matchLabels": {"a": "b"}}}
    assert problems(job) == [f'{path}: Required value: valid values: "OnFailure", "Never"']
