"""What an apply answers when others own what it would change."""

from gitops_lab.apiserver.fields.check import path_text
from gitops_lab.apiserver.fields.managers import UPDATE, ManagerId, Owned
from gitops_lab.apiserver.fields.trie import Trie, paths
from gitops_lab.errors import GitOpsLabError

Found = dict[ManagerId, tuple[Owned, Trie]]


class ApplyConflict(GitOpsLabError):
    """Other managers own fields that the configuration would change.

    `conflicts` are (manager as Kubernetes words it, path such as .spec.replicas).
    """

    default_reason = "Conflict"

    def __init__(self, conflicts: list[tuple[str, str]]) -> None:
        count = len(conflicts)
        super().__init__(
            f"Apply failed with {count} conflict{'' if count == 1 else 's'}",
            hint="Apply with force to take the fields over, or leave them out.",
        )
        self.conflicts = conflicts


class ApplyError(GitOpsLabError):
    """A configuration that does not fit the kind's schema; the API server answers 500."""

    default_reason = "InternalError"


def conflict_of(found: Found) -> ApplyConflict:
    """The error for the fields found, by manager in the order of their names."""
    conflicts = [
        (manager_text(identity, owned), path_text(path))
        for identity, (owned, fields) in sorted(found.items(), key=lambda item: _key(item[0]))
        for path in paths(fields)
    ]
    return ApplyConflict(conflicts)


def manager_text(identity: ManagerId, owned: Owned) -> str:
    """`"kubectl" using apps/v1`, `"kcm" with subresource "status" using v1`, `"flux"`."""
    text = f'"{identity.name}"'
    if identity.subresource:
        text = f'{text} with subresource "{identity.subresource}"'
    return f"{text} using {owned.version}" if identity.operation == UPDATE else text


def _key(identity: ManagerId) -> tuple[str, ...]:
    return identity.name, identity.operation, identity.version, identity.subresource
