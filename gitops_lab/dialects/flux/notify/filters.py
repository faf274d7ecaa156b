"""Which resources of a Receiver a call is about: `resourceFilter`, and the filter of each resource.

Both are CEL over `res`, the metadata of a resource, and `req`, the body of the call; both have to
accept. What the body is is looked at once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.flux.expressions import BadExpression, Expression
from gitops_lab.kube import Object

Accepts = Callable[[Object], bool]
"""Raises NotEvaluated."""
_PARTS = ("apiVersion", "kind", "metadata")


def bad_filter(spec: Mapping[str, Any]) -> str:
    """What is wrong with a filter, in Flux's words; "" when all can be read."""
    texts = [("invalid resourceFilter expression", spec.get("resourceFilter"))]
    for number, one in enumerate(spec.get("resources") or []):
        where = f'resources[{number}] (kind="{one["kind"]}", name="{one["name"]}")'
        texts.append((f"invalid filter expression for {where}", one.get("filter")))
    for what, text in texts:
        try:
            if text:
                Expression(text)
        except BadExpression as error:
            return f"{what}: {error}"
    return ""


def filters(spec: Mapping[str, Any], headers: Mapping[bytes, bytes], body: bytes) -> list[Accepts]:
    """One for each of the Receiver's resources, in their order.

    Raises BadExpression, and ValueError for a body that says that it is JSON and is none.
    """
    resources = spec.get("resources") or []
    common = spec.get("resourceFilter")
    if not common and not any(one.get("filter") for one in resources):
        return [lambda obj: True for _ in resources]
    request = _body(headers, body)
    return [
        _accepts([Expression(text) for text in (common, one.get("filter")) if text], request)
        for one in resources
    ]


def _accepts(expressions: Sequence[Expression], request: Mapping[str, Any]) -> Accepts:
    def accepts(obj: Object) -> bool:
        res = {part: obj[part] for part in _PARTS if part in obj}
        return all(one.holds({"res": res, "req": request}) for one in expressions)

    return accepts


def _body(headers: Mapping[bytes, bytes], body: bytes) -> dict[str, Any]:
    kinds = headers.get(b"content-type", b"").decode("latin-1").split(",")
    if not any(kind.partition(";")[0].strip() == "application/json" for kind in kinds):
        return {}
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("failed to parse request body as JSON: it is no object")
    return found
