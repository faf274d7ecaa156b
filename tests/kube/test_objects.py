"""Identity and order of objects."""

from gitops_lab.kube.objects import ObjectKey, condition_of, controller_of
from gitops_lab.kube.order import apply_order


def _object(api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def test_identity_leaves_the_version_out() -> None:
    old, new = (
        _object("apps/v1beta1", "Deployment", "web", "x"),
        _object("apps/v1", "Deployment", "web", "x"),
    )
    assert ObjectKey.of(old) == ObjectKey.of(new)
    assert str(ObjectKey.of(new)) == "apps/Deployment/x/web"
    assert str(ObjectKey.of(_object("v1", "Namespace", "x"))) == "Namespace/x"


def test_what_others_need_is_applied_first() -> None:
    objects = [
        _object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "w"),
        _object("example.com/v1", "Database", "db", "x"),
        _object("apps/v1", "Deployment", "web", "x"),
        _object("v1", "Service", "web", "x"),
        _object("v1", "ConfigMap", "web", "x"),
        _object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "databases.example.com"),
        _object("v1", "Namespace", "x"),
    ]
    kinds = [obj["kind"] for obj in sorted(objects, key=apply_order)]
    assert kinds == [
        "Namespace",
        "CustomResourceDefinition",
        "ConfigMap",
        "Service",
        "Deployment",
        "Database",
        "ValidatingWebhookConfiguration",
    ]


def test_a_custom_kind_that_borrows_a_name_is_no_built_in() -> None:
    ours, theirs = (
        _object("apps/v1", "Deployment", "a"),
        _object("example.com/v1", "Namespace", "a"),
    )
    assert apply_order(ours) < apply_order(theirs)


def test_owner_and_conditions_are_found() -> None:
    pod = {
        "metadata": {"ownerReferences": [{"name": "a"}, {"name": "b", "controller": True}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert (controller_of(pod) or {})["name"] == "b"
    assert (condition_of(pod, "Ready") or {})["status"] == "True"
    assert condition_of(pod, "Other") is None
