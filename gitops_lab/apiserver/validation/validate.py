"""The one door to all checks of an object."""

from typing import Any

from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.validation.errors import FieldError
from gitops_lab.apiserver.validation.structural import check_value


def validate(
    new: dict[str, Any], old: dict[str, Any] | None, resource: Resource
) -> list[FieldError]:
    """Every problem of a defaulted object; `old` is the stored one on an update."""
    problems: list[FieldError] = []
    if resource.custom:
        problems += check_value(new, resource.schema, "")
    return problems
