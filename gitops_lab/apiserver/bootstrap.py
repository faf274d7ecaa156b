"""What every cluster has from the start: its namespaces, and a Service for the API itself."""

from gitops_lab.apiserver.internal import Internal
from gitops_lab.apiserver.strategy.services import CLUSTER_IPS
from gitops_lab.kube.objects import Object

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
API_IP = str(CLUSTER_IPS[1])
_LABELS = {"component": "apiserver", "provider": "kubernetes"}


async def bootstrap(internal: Internal, host: str, port: int) -> None:
    """Make what is missing; point the API's Service at where it listens this time."""
    for name in NAMESPACES:
        namespace: Object = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name},
        }
        await _ensure(internal, namespace)
    await _ensure(internal, _service(port))
    await _ensure(internal, _addresses())
    for obj in (_endpoints(host, port), _slice(host, port)):
        if internal.has(obj):
            await internal.replace(obj)
        else:
            await internal.create(obj)


async def _ensure(internal: Internal, obj: Object) -> None:
    if not internal.has(obj):
        await internal.create(obj)


def _addresses() -> Object:
    """The range of the cluster's Services."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": "kubernetes"},
        "spec": {"cidrs": [str(CLUSTER_IPS)]},
    }


def _metadata(**more: object) -> Object:
    return {"name": "kubernetes", "namespace": "default", **more}


def _service(port: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(labels=_LABELS),
        "spec": {
            "clusterIP": API_IP,
            "type": "ClusterIP",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}],
        },
    }


def _endpoints(host: str, port: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": _metadata(labels={"endpointslice.kubernetes.io/skip-mirror": "true"}),
        "subsets": [
            {
                "addresses": [{"ip": host}],
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            }
        ],
    }


def _slice(host: str, port: int) -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": _metadata(labels={"kubernetes.io/service-name": "kubernetes"}),
        "addressType": "IPv4",
        "endpoints": [{"addresses": [host], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
