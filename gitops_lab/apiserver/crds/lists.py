"""What a schema says about the topology of its lists and maps, checked when it is declared."""

from typing import Any

from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    not_supported,
    required,
)

Raw = dict[str, Any]
Problems = list[FieldError]
LIST_TYPE, MAP_KEYS, MAP_TYPE = (
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)
AS_SET = "must be atomic as item of a list with x-kubernetes-list-type=set"


def check_topology(schema: Raw, path: str) -> Problems:
    """Problems of a node's list and map types, and of all nodes below it."""
    problems = _map_type(schema, path) + _list_type(schema, path) + _keys(schema, path)
    for name, child in (schema.get("properties") or {}).items():
        problems += check_topology(child, f"{path}.properties[{name}]")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            problems += check_topology(schema[name], f"{path}.{name}")
    return problems


def _of_type(schema: Raw, path: str, keyword: str, wanted: str) -> Problems:
    kind = schema.get("type", "")
    if keyword not in schema or kind == wanted:
        return []
    text = f"must be {wanted} if {keyword} is specified"
    place = f"{path}.type"
    return [invalid(place, kind, text) if kind else required(place, text)]


def _map_type(schema: Raw, path: str) -> Problems:
    problems = _of_type(schema, path, MAP_TYPE, "object")
    kind = schema.get(MAP_TYPE)
    if kind not in (None, "atomic", "granular"):
        problems.append(not_supported(f"{path}.{MAP_TYPE}", kind, ["atomic", "granular"]))
    return problems


def _list_type(schema: Raw, path: str) -> Problems:
    problems = _of_type(schema, path, LIST_TYPE, "array")
    kind = schema.get(LIST_TYPE)
    if kind not in (None, "atomic", "set", "map"):
        problems.append(not_supported(f"{path}.{LIST_TYPE}", kind, ["atomic", "set", "map"]))
    if kind == "set":
        problems += _set_items(schema.get("items") or {}, f"{path}.items")
    if kind in ("set", "map") and (schema.get("items") or {}).get("nullable"):
        text = f"cannot be nullable when x-kubernetes-list-type is {kind}"
        problems.append(forbidden(f"{path}.items.nullable", text))
    return problems


def _set_items(items: Raw, path: str) -> Problems:
    if items.get("type") == "array" and items.get(LIST_TYPE, "atomic") != "atomic":
        return [invalid(f"{path}.{LIST_TYPE}", items[LIST_TYPE], AS_SET)]
    if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        return [invalid(f"{path}.{MAP_TYPE}", items.get(MAP_TYPE), AS_SET)]
    return []


def _keys(schema: Raw, path: str) -> Problems:
    keys, kind = schema.get(MAP_KEYS) or [], schema.get(LIST_TYPE)
    text = "must be map if x-kubernetes-list-map-keys is non-empty"
    if keys and kind is None:
        return [required(f"{path}.{LIST_TYPE}", text)]
    if keys and kind != "map":
        return [invalid(f"{path}.{LIST_TYPE}", kind, text)]
    if kind != "map":
        return []
    if not keys:
        text = "must not be empty if x-kubernetes-list-type is map"
        return [required(f"{path}.{MAP_KEYS}", text)]
    items = schema.get("items")
    if not isinstance(items, dict):
        text = "must have a schema if x-kubernetes-list-type is map"
        return [required(f"{path}.items", text)]
    return _item_keys(keys, items, path)


def _item_keys(keys: list[str], items: Raw, path: str) -> Problems:
    if items.get("type") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        return [invalid(f"{path}.items.type", items.get("type", ""), text)]
    problems: Problems = []
    if len(set(keys)) < len(keys):
        problems.append(invalid(f"{path}.{MAP_KEYS}", keys, "must not contain duplicate entries"))
    for key in dict.fromkeys(keys):
        declared = (items.get("properties") or {}).get(key)
        if declared is None:
            text = "entries must all be names of item properties"
            problems.append(invalid(f"{path}.{MAP_KEYS}", keys, text))
        else:
            needed = key in (items.get("required") or [])
            place = f"{path}.items.properties[{key}]"
            problems += _key_property(declared, place, needed=needed)
    return problems


def _key_property(schema: Raw, path: str, *, needed: bool) -> Problems:
    problems: Problems = []
    this = "this property is in x-kubernetes-list-map-keys, so it"
    if schema.get("type") in ("array", "object"):
        text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
        problems.append(invalid(f"{path}.type", schema["type"], text))
    if not needed and "default" not in schema:
        text = f"{this} must have a default or be a required property"
        problems.append(required(f"{path}.default", text))
    if schema.get("nullable"):
        problems.append(forbidden(f"{path}.nullable", f"{this} cannot be nullable"))
    return problems
