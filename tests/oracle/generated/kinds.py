"""Every kind that is drawn, and where it is served."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.generated import pods
from tests.oracle.generated.draw import Draw, Object

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Kind:
    """A kind with its path and the manifests it has."""

    api_version: str
    kind: str
    plural: str
    make: Callable[[Draw, str], Object]

    def path(self, name: str = "") -> str:
        """In the case's namespace."""
        root = "/apis" if "/" in self.api_version else "/api"
        place = f"{root}/{self.api_version}/namespaces/{{ns}}/{self.plural}"
        return f"{place}/{name}" if name else place

    def draw(self, draw: Draw, name: str) -> Object:
        """A whole manifest."""
        return {"apiVersion": self.api_version, "kind": self.kind, **self.make(draw, name)}


def config_map(draw: Draw, name: str) -> Object:
    return draw.fill(
        {"metadata": draw.metadata(name)},
        data=(
            0.9,
            lambda: {key: draw.bad(draw.one(["1", "2", ""]), 1) for key in draw.some("abc")},
        ),
        binaryData=(0.2, lambda: {draw.one("wx"): draw.bad("eA==", "?")}),
        immutable=(0.05, lambda: draw.one([True, False])),
        extra=(0.05, lambda: 1),
    )


def secret(draw: Draw, name: str) -> Object:
    types = ["Opaque", "kubernetes.io/tls", "my.example/type", "kubernetes.io/basic-auth"]
    return draw.fill(
        {"metadata": draw.metadata(name)},
        data=(0.6, lambda: {key: draw.bad("eA==", "?!") for key in draw.some("abc")}),
        stringData=(0.4, lambda: {draw.one("abc"): draw.one("12")}),
        type=(0.3, lambda: draw.one(types)),
    )


def service(draw: Draw, name: str) -> Object:
    def port(number: int) -> Object:
        return draw.fill(
            {"port": number, "name": f"p{number}"},
            targetPort=(0.5, lambda: draw.one([8080, "web"])),
            protocol=(0.3, lambda: draw.bad(draw.one(["TCP", "UDP"]), "X")),
            appProtocol=(0.1, lambda: "http"),
        )

    spec = draw.fill(
        {"ports": [port(number) for number in draw.some([80, 81, 443], 1)]},
        selector=(0.7, draw.labels),
        type=(0.4, lambda: draw.one(["ClusterIP", "NodePort", "LoadBalancer"])),
        sessionAffinity=(0.2, lambda: draw.one(["ClientIP", "None"])),
        publishNotReadyAddresses=(0.1, lambda: draw.one([True, False])),
        externalIPs=(0.1, lambda: ["10.0.0.1"]),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


def ingress(draw: Draw, name: str) -> Object:
    def path() -> Object:
        backend = {"service": {"name": "web", "port": draw.one([{"number": 80}, {"name": "http"}])}}
        kind = draw.bad(draw.one(["Prefix", "Exact"]), "Bad")
        return {"path": draw.bad(draw.one(["/", "/a"]), "a"), "pathType": kind, "backend": backend}

    def rule() -> Object:
        return draw.fill(
            {"http": {"paths": [path()]}}, host=(0.6, lambda: draw.bad("a.example", "A_b"))
        )

    spec = draw.fill(
        {"rules": [rule() for _ in range(draw.number(1, 2))]},
        ingressClassName=(0.4, lambda: "nginx"),
        tls=(0.3, lambda: [{"hosts": ["a.example"], "secretName": "tls"}]),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


def network_policy(draw: Draw, name: str) -> Object:
    peer = {"podSelector": {"matchLabels": {"a": "b"}}}
    spec = draw.fill(
        {"podSelector": {"matchLabels": draw.labels()}},
        ingress=(0.6, lambda: [draw.one([{}, {"from": [peer]}, {"ports": [{"port": 80}]}])]),
        egress=(0.3, lambda: [{"to": [draw.one([peer, {"ipBlock": {"cidr": "10.0.0.0/8"}}])]}]),
        policyTypes=(0.3, lambda: draw.some(["Ingress", "Egress"], 1)),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


def role(draw: Draw, name: str) -> Object:
    rules = [
        draw.fill(
            {
                "apiGroups": draw.bad([""], []),
                "resources": draw.some(["pods", "secrets"], 1),
                "verbs": draw.bad(draw.some(["get", "list", "watch"], 1), []),
            },
            resourceNames=(0.2, lambda: ["a"]),
        )
        for _ in range(draw.number(1, 2))
    ]
    return {"metadata": draw.metadata(name), "rules": rules}


def role_binding(draw: Draw, name: str) -> Object:
    subjects = [
        {"kind": "User", "name": "jane", "apiGroup": RBAC},
        {"kind": "User", "name": "joe"},
        {"kind": "ServiceAccount", "name": "robot", "namespace": "default"},
        {"kind": "Group", "name": "team", "apiGroup": RBAC},
    ]
    role_of = {"apiGroup": RBAC, "kind": draw.bad("Role", "Thing"), "name": draw.one("rs")}
    return {
        "metadata": draw.metadata(name),
        "roleRef": role_of,
        "subjects": draw.some(subjects, 0, 2),
    }


def account(draw: Draw, name: str) -> Object:
    return draw.fill(
        {"metadata": draw.metadata(name)},
        imagePullSecrets=(0.3, lambda: [{"name": each} for each in draw.some("pq", 1)]),
        automountServiceAccountToken=(0.3, lambda: draw.one([True, False])),
    )


def budget(draw: Draw, name: str) -> Object:
    which = draw.one(["minAvailable", "maxUnavailable"])
    spec = {"selector": {"matchLabels": draw.labels()}, which: draw.bad(draw.one([1, "50%"]), -1)}
    return {"metadata": draw.metadata(name), "spec": spec}


def autoscaler(draw: Draw, name: str) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    spec = draw.fill(
        {"scaleTargetRef": target, "maxReplicas": draw.bad(draw.number(2, 5), 0)},
        minReplicas=(0.5, lambda: draw.bad(draw.number(1, 2), -1)),
        metrics=(0.5, lambda: [{"type": "Resource", "resource": resource}]),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


def claim(draw: Draw, name: str) -> Object:
    spec = draw.fill(
        {
            "accessModes": draw.bad(["ReadWriteOnce"], ["Bad"], []),
            "resources": {"requests": {"storage": draw.one(["1Gi", "1024Mi", "1500M"])}},
        },
        storageClassName=(0.4, lambda: draw.one(["fast", ""])),
        volumeMode=(0.2, lambda: draw.bad("Filesystem", "X")),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


def limit_range(draw: Draw, name: str) -> Object:
    item = draw.fill(
        {"type": "Container", "max": {"cpu": draw.one(["1", "2000m"])}},
        default=(0.4, lambda: {"cpu": draw.bad("500m", "5")}),
        min=(0.3, lambda: {"cpu": draw.bad("100m", "3")}),
    )
    # No limits that pods of other cases would have to keep.
    return {"metadata": draw.metadata(name), "spec": {"limits": [item]}}


def endpoint_slice(draw: Draw, name: str) -> Object:
    addresses = [draw.bad(each, "x") for each in draw.some(["10.1.1.1", "10.1.1.2"], 1)]
    return draw.fill(
        {
            "metadata": draw.metadata(name),
            "addressType": "IPv4",
            "endpoints": [{"addresses": [each]} for each in addresses],
        },
        ports=(0.6, lambda: [{"name": "http", "port": 80}]),
    )


WIDGET_GROUP = "widgets.generated.example.com"


def widget(draw: Draw, name: str) -> Object:
    spec = draw.fill(
        {"size": draw.bad(draw.number(1, 5), 50, "big")},
        colour=(0.5, lambda: draw.bad(draw.one(["red", "blue"]), "pink")),
        parts=(
            0.5,
            lambda: [{"id": each, "count": draw.number(1, 3)} for each in draw.some("abc")],
        ),
        tags=(0.4, lambda: draw.some("xyz")),
        anything=(0.3, lambda: draw.one([{"a": 1}, {"b": [1, 2]}])),
        unknown=(0.2, lambda: 1),
        nothing=(0.1, lambda: None),
    )
    return {"metadata": draw.metadata(name), "spec": spec}


DEFINITION: Object = {
    "metadata": {"name": f"widgets.{WIDGET_GROUP}"},
    "spec": {
        "group": WIDGET_GROUP,
        "scope": "Namespaced",
        "names": {
            "plural": "widgets",
            "singular": "widget",
            "kind": "Widget",
            "listKind": "WidgetList",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["size"],
                                "properties": {
                                    "size": {"type": "integer", "maximum": 9},
                                    "colour": {
                                        "type": "string",
                                        "default": "red",
                                        "enum": ["red", "blue"],
                                    },
                                    "parts": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["id"],
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "count": {"type": "integer"},
                                            },
                                        },
                                    },
                                    "tags": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "set",
                                        "items": {"type": "string"},
                                    },
                                    "anything": {
                                        "type": "object",
                                        "x-kubernetes-preserve-unknown-fields": True,
                                    },
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}

KINDS = (
    Kind("v1", "ConfigMap", "configmaps", config_map),
    Kind("v1", "Secret", "secrets", secret),
    Kind("v1", "Service", "services", service),
    Kind("v1", "Pod", "pods", pods.pod),
    Kind("v1", "ServiceAccount", "serviceaccounts", account),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", claim),
    Kind("apps/v1", "Deployment", "deployments", pods.deployment),
    Kind("apps/v1", "ReplicaSet", "replicasets", pods.replica_set),
    Kind("apps/v1", "StatefulSet", "statefulsets", pods.stateful_set),
    Kind("apps/v1", "DaemonSet", "daemonsets", pods.daemon_set),
    Kind("batch/v1", "Job", "jobs", pods.job),
    Kind("batch/v1", "CronJob", "cronjobs", pods.cron_job),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses", ingress),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", network_policy),
    Kind(f"{RBAC}/v1", "Role", "roles", role),
    Kind(f"{RBAC}/v1", "RoleBinding", "rolebindings", role_binding),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", budget),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", autoscaler),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", endpoint_slice),
    Kind(f"{WIDGET_GROUP}/v1", "Widget", "widgets", widget),
)
