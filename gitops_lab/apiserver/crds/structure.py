"""Whether a schema is structural: only then can objects be pruned, defaulted and explained.

The rules are those of "Specifying a structural schema" in the Kubernetes documentation, with the
messages of apiextensions-apiserver. Rules in CEL are looked at in rules/.
"""

import re
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

TYPES = ["array", "boolean", "integer", "number", "object", "string"]
NOT_SUPPORTED = (
    "id",
    "additionalItems",
    "patternProperties",
    "definitions",
    "dependencies",
    "$ref",
)
ANYTHING: Raw = {}  # stands for a structure that is not looked at
INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
JUNCTORS = ("allOf", "anyOf", "oneOf")
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR = "x-kubernetes-int-or-string"
RULES = "x-kubernetes-validations"
# What may not stand below allOf, anyOf, oneOf and not: keyword -> how it has to be instead.
NESTED = {
    "type": "empty",
    "additionalProperties": "undefined",
    "default": "undefined",
    "title": "empty",
    "description": "empty",
    "nullable": "false",
    PRESERVE: "false",
    EMBEDDED: "false",
    INT_OR: "false",
    "x-kubernetes-list-map-keys": "empty",
    "x-kubernetes-list-type": "undefined",
    "x-kubernetes-map-type": "undefined",
    RULES: "empty",
}
LEVELS = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}


def check_structure(schema: Raw, path: str) -> Problems:
    """Everything that keeps a root schema from being structural."""
    problems = _node(schema, path, "root")
    if schema.get("nullable"):
        problems.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    if schema.get("type", "object") != "object":
        problems.append(invalid(f"{path}.type", schema["type"], "must be object at the root"))
    if "additionalProperties" in schema:
        problems.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
    return sorted(problems, key=lambda each: each.field)


def _node(schema: Raw, path: str, level: str) -> Problems:
    problems = _type(schema, path, level) + _keywords(schema, path)
    problems += _metadata(schema, path, level)
    # As in apiextensions-apiserver, only the root's junctors have to agree with the structure.
    problems += _values(schema, schema if level == "root" else ANYTHING, path, path)
    items, values = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict):
        problems += _node(items, f"{path}.items", "item")
    if isinstance(values, dict):
        problems += _node(values, f"{path}.additionalProperties", "field")
    for name, child in (schema.get("properties") or {}).items():
        if not (level == "root" and name == "metadata"):
            problems += _node(child, f"{path}.properties[{name}]", "field")
    return problems


def _type(schema: Raw, path: str, level: str) -> Problems:
    kind = schema.get("type", "")
    problems: Problems = []
    if not kind and not schema.get(INT_OR) and not schema.get(PRESERVE):
        problems.append(required(f"{path}.type", LEVELS[level]))
    if kind and kind not in TYPES:
        problems.append(not_supported(f"{path}.type", kind, TYPES))
    if kind == "array" and "items" not in schema:
        problems.append(required(f"{path}.items", "must be specified"))
    if isinstance(schema.get("items"), list):
        problems.append(
            forbidden(f"{path}.items", "items must be a schema object and not an array")
        )
    return problems


def _keywords(schema: Raw, path: str) -> Problems:
    problems = [
        forbidden(f"{path}.{key}", f"{key} is not supported")
        for key in NOT_SUPPORTED
        if schema.get(key)
    ]
    if schema.get("uniqueItems"):
        problems.append(
            forbidden(
                f"{path}.uniqueItems",
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
            )
        )
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        text = "additionalProperties and properties are mutual exclusive"
        problems.append(forbidden(f"{path}.additionalProperties", text))
    if schema.get(PRESERVE) is False:
        problems.append(invalid(f"{path}.{PRESERVE}", False, "must be true or undefined"))
    for key in (PRESERVE, EMBEDDED):
        if schema.get(INT_OR) and schema.get(key):
            problems.append(
                invalid(
                    f"{path}.{key}", True, "must be false if x-kubernetes-int-or-string is true"
                )
            )
    return problems + _pattern(schema, path)


def _pattern(schema: Raw, path: str) -> Problems:
    pattern = schema.get("pattern")
    if not pattern:
        return []
    try:
        re.compile(pattern)
    except re.error as error:
        text = f"must be a valid regular expression, but isn't: {error}"
        return [invalid(f"{path}.pattern", pattern, text)]
    return []


def _metadata(schema: Raw, path: str, level: str) -> Problems:
    if level != "root" and not schema.get(EMBEDDED):
        return []
    problems: Problems = []
    declared = schema.get("properties") or {}
    for name in ("apiVersion", "kind"):
        if name in declared and declared[name].get("type") != "string":
            place = f"{path}.properties[{name}].type"
            problems.append(invalid(place, declared[name].get("type", ""), "must be string"))
    if "metadata" in declared:
        problems += _metadata_node(declared["metadata"], f"{path}.properties[metadata]", level)
    if schema.get(EMBEDDED):
        problems += _embedded(schema, path, declared)
    return problems


def _metadata_node(schema: Raw, path: str, level: str) -> Problems:
    problems: Problems = []
    if schema.get("type") != "object":
        problems.append(invalid(f"{path}.type", schema.get("type", ""), "must be object"))
    ignored = {"type", "default", "properties", "description"}
    named = set(schema.get("properties") or {}) <= {"name", "generateName"}
    if level == "root" and (not named or set(schema) - ignored):
        text = "must not specify anything other than name and generateName, but metadata is "
        problems.append(forbidden(path, text + "implicitly specified"))
    return problems


def _embedded(schema: Raw, path: str, declared: Raw) -> Problems:
    problems: Problems = []
    kind = schema.get("type", "")
    if kind != "object":
        text = "must be object if x-kubernetes-embedded-resource is true"
        missing = required(f"{path}.type", text)
        problems.append(invalid(f"{path}.type", kind, text) if kind else missing)
    if "additionalProperties" in schema:
        text = "must not be used if x-kubernetes-embedded-resource is set"
        problems.append(forbidden(f"{path}.additionalProperties", text))
    if not schema.get(PRESERVE) and not declared:
        text = (
            "must not be empty if x-kubernetes-embedded-resource is true without "
            "x-kubernetes-preserve-unknown-fields"
        )
        problems.append(required(f"{path}.properties", text))
    return problems


def _values(schema: Raw, structure: Raw | None, path: str, place: str) -> Problems:
    """The junctors of a node: they may narrow values, not shape them.

    `structure` is the node outside of all junctors at the same place of the object, `place` its
    path; `path` is where we are.
    """
    problems: Problems = []
    for name in JUNCTORS:
        for index, child in enumerate(schema.get(name) or []):
            if not _is_int_or_string(schema, name, index):
                problems += _nested(child, structure, f"{path}.{name}[{index}]", place)
    if isinstance(schema.get("not"), dict):
        problems += _nested(schema["not"], structure, f"{path}.not", place)
    return problems


def _is_int_or_string(schema: Raw, name: str, index: int) -> bool:
    """The two patterns that say "an integer or a string" in a structural schema."""
    if name == "anyOf":
        return bool(schema["anyOf"] == INT_OR_STRING)
    return name == "allOf" and index == 0 and schema["allOf"][0] == {"anyOf": INT_OR_STRING}


def _nested(schema: Raw, structure: Raw | None, path: str, place: str) -> Problems:
    unseen = structure is ANYTHING
    if structure is None:
        return [required(place, f"because it is defined in {path}")]
    problems = [
        forbidden(f"{path}.{key}", f"must be {how} to be structural")
        for key, how in NESTED.items()
        if schema.get(key) or (key == "default" and schema.get(key) is not None)
    ]
    problems += _pattern(schema, path) + _values(schema, structure, path, place)
    items = schema.get("items")
    if isinstance(items, dict):
        below = ANYTHING if unseen else structure.get("items")
        problems += _nested(items, below, f"{path}.items", f"{place}.items")
    declared = structure.get("properties") or {}
    for name, child in (schema.get("properties") or {}).items():
        key = f"properties[{name}]"
        if name == "metadata":
            text = "must not be specified in a nested context"
            problems.append(forbidden(f"{path}.{key}", text))
        below = ANYTHING if unseen else declared.get(name)
        problems += _nested(child, below, f"{path}.{key}", f"{place}.{key}")
    return problems
