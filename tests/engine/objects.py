"""Small objects for the engine's tests."""

from gitops_lab.engine.app import App
from gitops_lab.kube import Object

MANAGER = "gitops-lab"


def app_object(name: str = "web", **spec: object) -> Object:
    source = {"repo": "web", "revision": "main", "path": "."}
    return {
        "apiVersion": "gitops-lab.dev/v1",
        "kind": "GitOpsApp",
        "metadata": {"namespace": "gitops", "name": name, "generation": 1},
        "spec": {"source": source, **spec},
    }


def make_app(name: str = "web", **spec: object) -> App:
    return App.from_object(app_object(name, **spec))


def config_map(name: str, data: dict[str, str] | None = None, namespace: str = "") -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    obj: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return {**obj, "data": data} if data is not None else obj


def managed(obj: Object, fields: Object, manager: str = MANAGER, **entry: str) -> Object:
    """The object with one more entry of managedFields."""
    metadata = dict(obj["metadata"])
    new = {"manager": manager, "operation": "Apply", "fieldsV1": fields, **entry}
    metadata["managedFields"] = [*metadata.get("managedFields", []), new]
    return {**obj, "metadata": metadata}
