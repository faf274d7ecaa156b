"""What is asked of the authorizer: a user, a verb, and a resource or a path."""

import re
from dataclasses import dataclass

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User

_NAMED = re.compile(r"(?:^|,)metadata\.name==?([^,]+)(?:,|$)")
_METHODS = {
    "GET": "get",
    "HEAD": "get",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_OF_NAMESPACE = ("status", "finalize")


@dataclass(frozen=True)
class Attributes:
    """One question. `path` is set when it is about no resource; `namespace` may be ""."""

    user: User
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""

    def refusal(self, reason: str = "") -> status.StatusError:
        """403 in Kubernetes' words."""
        why = _escaped(self._cannot())
        return status.forbidden(
            self.group, self.resource, self.name, f"{why}: {reason}" if reason else why
        )

    def _cannot(self) -> str:
        who = f'User "{self.user.name}" cannot {self.verb}'
        if self.path:
            return f'{who} path "{self.path}"'
        what = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        return f'{who} resource "{what}" in API group "{self.group}" {where}'


@dataclass(frozen=True)
class Decision:
    """The answer; `reason` tells which binding allowed it, or what could not be looked up."""

    allowed: bool
    reason: str = ""
    error: str = ""


def named_by_selector(selector: str) -> str:
    """The one name to which a field selector restricts a list: rules may name it."""
    found = _NAMED.search(selector)
    return found[1] if found else ""


def of_unserved(user: User, method: str, path: str) -> Attributes:
    """The question about a path that names nothing that is served: it may still look like it does.

    Kubernetes judges before it looks, so nobody learns what is there by asking.
    """
    parts = [part for part in path.split("/") if part]
    start = {"api": 2, "apis": 3}.get(parts[0] if parts else "", len(parts) + 1)
    if len(parts) <= start:
        return Attributes(user, method.lower(), path=path)
    group, rest = (parts[1] if start == 3 else ""), parts[start:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _OF_NAMESPACE:
            rest = rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    verb = _METHODS.get(method, "")
    if not name:
        verb = {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    return Attributes(user, verb, group, rest[0], "/".join(rest[2:]), name, namespace)


def _escaped(text: str) -> str:
    """A refusal must not look like HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
