"""JSON patch, RFC 6902, by the library jsonpatch."""

from typing import Any

import jsonpatch
import jsonpointer

from gitops_lab.apiserver.patch.errors import PatchError, PatchTestFailed
from gitops_lab.kube.objects import copied

MOST_OPERATIONS = 10_000  # the API server's own limit
REJECTED = "the server rejected our request due to an error in our request"


def json_patch(doc: dict[str, Any], ops: Any) -> dict[str, Any]:
    """The document after the operations; `doc` stays as it is.

    Raises PatchError: 400 for something that is no patch, 413 for too many operations, and 422
    with the API server's own sentence for an operation that fails (a test, a missing path).
    """
    if not isinstance(ops, list) or not all(isinstance(op, dict) for op in ops):
        raise PatchError("error decoding patch: a JSON patch is a list of operations")
    if len(ops) > MOST_OPERATIONS:
        raise PatchError(
            f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {len(ops)}",
            code=413,
            reason="RequestEntityTooLarge",
        )
    try:
        result = _applied(doc, ops)
    except jsonpatch.JsonPatchTestFailed as error:
        raise PatchTestFailed(REJECTED, code=422, reason="Invalid") from error
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise PatchError(REJECTED, code=422, reason="Invalid") from error
    if not isinstance(result, dict):
        raise PatchError("the patched document is no object")
    return result


def _applied(doc: Any, ops: list[dict[str, Any]]) -> Any:
    result = copied(doc)
    for op in ops:
        if op.get("op") == "replace" and _parent_is_object(result, op):
            op = {**op, "op": "add"}  # the API server replaces what is not there, too
        result = jsonpatch.JsonPatch([op]).apply(result, in_place=True)
    return result


def _parent_is_object(doc: Any, op: dict[str, Any]) -> bool:
    path = op.get("path")
    if not isinstance(path, str) or "value" not in op:
        return False
    pointer = jsonpointer.JsonPointer(path)
    if not pointer.parts:
        return False
    parent, _ = pointer.to_last(doc)
    return isinstance(parent, dict)
