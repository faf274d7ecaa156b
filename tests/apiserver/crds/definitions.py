"""A definition to start from."""

from copy import deepcopy
from typing import Any

Object = dict[str, Any]

SPEC_SCHEMA = {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}}
WIDGETS: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.shop.example.com"},
    "spec": {
        "group": "shop.example.com",
        "scope": "Namespaced",
        "names": {
            "plural": "widgets",
            "singular": "widget",
            "kind": "Widget",
            "listKind": "WidgetList",
            "shortNames": ["wd"],
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC_SCHEMA}}
                },
            }
        ],
        "conversion": {"strategy": "None"},
    },
    "status": {"storedVersions": ["v1"]},
}


def widgets() -> Object:
    """A copy that may be changed."""
    return deepcopy(WIDGETS)


def with_schema(schema: Object) -> Object:
    """The definition with another schema of `spec`."""
    found = widgets()
    whole = {"type": "object", "properties": {"spec": schema}}
    found["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = whole
    return found
