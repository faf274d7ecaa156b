"""Helm values as an Application gives them: text or a mapping, and parameters on top. Pure."""

import json
import re
from typing import Any

from gitops_lab.engine.fields import Fields
from gitops_lab.kube.yamls import YamlError, load

_INDEX = re.compile(r"(?P<name>[^\[\]]*)(?P<indexes>(?:\[\d+\])*)\Z")
_DOT = re.compile(r"(?<!\\)\.")


def helm_values(spec: Fields) -> str:
    """`values`, `valuesObject` (which wins) and `parameters` as one JSON text; "" for none."""
    values: dict[str, Any] = {}
    text = spec.string("values", "")
    if text.strip():
        try:
            read = load(text, file="spec.source.helm.values")
        except YamlError as error:
            spec.fail("values", f"is not YAML: {error.message}")
        if read is not None and not isinstance(read, dict):
            spec.fail("values", "has to be a mapping")
        values = read or {}
    values = spec.mapping("valuesObject") or values
    for parameter in spec.children("parameters"):
        name = parameter.string("name", required=True)
        value = parameter.string("value", "")
        as_text = parameter.boolean("forceString", False)
        parameter.refuse_unknown()
        values = with_parameter(values, name, value if as_text else typed(value))
    return json.dumps(values, sort_keys=True) if values else ""


def typed(text: str) -> Any:
    """A value as `helm --set` reads it: true, false, null and whole numbers are themselves."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return int(text)
    if text.startswith("{") and text.endswith("}"):
        inner = text[1:-1]
        return [typed(part) for part in inner.split(",")] if inner else []
    return text


def with_parameter(values: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The values with `a.b[0].c` set."""
    steps: list[str | int] = []
    for part in _DOT.split(name):
        found = _INDEX.match(part)
        plain = part if found is None else found["name"]
        steps.append(plain.replace("\\.", "."))
        if found is not None:
            steps += [int(number) for number in re.findall(r"\d+", found["indexes"])]
    result = _set(values, steps, value)
    assert isinstance(result, dict)
    return result


def _set(there: Any, steps: list[str | int], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        items = list(there) if isinstance(there, list) else []
        items += [None] * (step + 1 - len(items))
        items[step] = _set(items[step], rest, value)
        return items
    mapping = dict(there) if isinstance(there, dict) else {}
    mapping[step] = _set(mapping.get(step), rest, value)
    return mapping
