"""Whether an object may be stored, and what is wrong with it if not."""

from gitops_lab.apiserver.validation.errors import FieldError, message
from gitops_lab.apiserver.validation.status import validate_status
from gitops_lab.apiserver.validation.unknown import prune_unknown, unknown_fields
from gitops_lab.apiserver.validation.validate import validate

__all__ = [
    "FieldError",
    "message",
    "prune_unknown",
    "unknown_fields",
    "validate",
    "validate_status",
]
