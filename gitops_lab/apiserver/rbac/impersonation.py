"""Acting as somebody else (kubectl --as): the headers, and whether the asker may.

There is the plain verb `impersonate`, and a narrower way that Kubernetes tries first: a verb for
the kind of user (`impersonate:user-info`) along with one for what is done meanwhile
(`impersonate-on:user-info:list`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import ADMIN_GROUP, User
from gitops_lab.apiserver.rbac.attributes import Attributes
from gitops_lab.apiserver.rbac.authorizer import ACCOUNT, Authorizer

AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ANONYMOUS = "system:anonymous"
_GROUP = "authentication.k8s.io"
_NODE = re.compile(r"system:node:([a-z0-9]([-a-z0-9.]*[a-z0-9])?)")
_EXTRA = b"impersonate-extra-"
Headers = Iterable[tuple[bytes, bytes]]


def impersonates(headers: Headers) -> bool:
    """Whether a request asks to be somebody else at all."""
    return any(name.startswith(b"impersonate-") for name, _ in headers)


def wanted_user(headers: Headers) -> User | None:
    """Whom a request wants to be, as the headers say it. Raises StatusError 400."""
    asked = [(name, value) for name, value in headers if name.startswith(b"impersonate-")]
    if not asked:
        return None
    groups = tuple(_texts(asked, b"impersonate-group"))
    name = next(_texts(asked, b"impersonate-user"), "")
    uid = next(_texts(asked, b"impersonate-uid"), "")
    extra: dict[str, tuple[str, ...]] = {}
    for header, value in asked:
        if header.startswith(_EXTRA):
            key = unquote(header[len(_EXTRA) :].decode("latin-1").lower())
            extra[key] = (*extra.get(key, ()), value.decode("utf-8", "replace"))
    if name:
        return User(name, groups, uid, tuple(extra.items()))
    if not (groups or uid or extra):
        return None
    shown = (
        f'&user.DefaultInfo{{Name:"", UID:"{uid}", '
        f"Groups:{_go_strings(groups)}, Extra:{_go_extra(extra)}}}"
    )
    raise status.bad_request(f"requested {shown} without impersonating a user name")


def _texts(headers: Headers, wanted: bytes) -> Iterator[str]:
    return (value.decode("utf-8", "replace") for name, value in headers if name == wanted)


def _go_strings(values: tuple[str, ...]) -> str:
    if not values:
        return "[]string(nil)"
    return "[]string{" + ", ".join(f'"{value}"' for value in values) + "}"


def _go_extra(extra: dict[str, tuple[str, ...]]) -> str:
    if not extra:
        return "map[string][]string(nil)"
    shown = ", ".join(f'"{key}":{_go_strings(values)}' for key, values in sorted(extra.items()))
    return f"map[string][]string{{{shown}}}"


def acting_as(authorizer: Authorizer, wanted: User, asked: Attributes) -> User:
    """The user as whom `asked` is to be judged. Raises StatusError 403.

    `asked.user` is who really asks.
    """
    first: status.StatusError | None = None
    for mode in _modes(wanted):
        try:
            if mode:
                on = replace(asked, verb=f"impersonate-on:{mode}:{asked.verb}")
                authorizer.require(on)
            return _Mode(authorizer, asked.user, mode).check(wanted)
        except status.StatusError as error:
            first = first or error
    assert first is not None
    raise first


def _modes(wanted: User) -> tuple[str, ...]:
    """The narrow mode for a user, if there is one, and the plain one, which is ""."""
    bare = not (wanted.groups or wanted.uid or wanted.extra)
    if _NODE.fullmatch(wanted.name):
        return ("arbitrary-node", "") if bare else ("",)
    if _account(wanted.name):
        return ("serviceaccount", "") if bare else ("",)
    return ("user-info", "")


def _account(name: str) -> tuple[str, str] | None:
    """(namespace, name) of a ServiceAccount's user name."""
    namespace, colon, account = name.removeprefix(ACCOUNT).partition(":")
    if not name.startswith(ACCOUNT) or not colon or ":" in account or not namespace or not account:
        return None
    return namespace, account


@dataclass(frozen=True)
class _Mode:
    """One way to be allowed; `name` is "" for the plain one."""

    authorizer: Authorizer
    user: User
    name: str

    def check(self, wanted: User) -> User:
        """The user that it makes. Raises StatusError 403."""
        groups = self._by_name(wanted)
        if wanted.uid:
            self._require(_GROUP, "uids", wanted.uid)
        self._check_groups(wanted.groups)
        for key, values in wanted.extra:
            for value in values:
                self._require(_GROUP, f"userextras/{key}", value)
        needed = UNAUTHENTICATED if wanted.name == ANONYMOUS else AUTHENTICATED
        if needed not in groups and UNAUTHENTICATED not in groups:
            groups = (*groups, needed)
        return replace(wanted, groups=groups)

    def _by_name(self, wanted: User) -> tuple[str, ...]:
        """Check the name; the groups that come with it."""
        node = _NODE.fullmatch(wanted.name)
        account = _account(wanted.name)
        if self.name and node:
            self._require(_GROUP, "nodes", node[1])
            return ("system:nodes",)
        if account is None:
            self._require(self._plain_group, "users", wanted.name)
            return wanted.groups
        namespace, name = account
        self._require(self._plain_group, "serviceaccounts", name, namespace)
        fixed = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        return wanted.groups or fixed

    def _check_groups(self, groups: tuple[str, ...]) -> None:
        for why, refused in (
            ("impersonating the empty string group is not allowed", ""),
            ("impersonating the system:masters group is not allowed", ADMIN_GROUP),
        ):
            if self.name and refused in groups:
                raise self._asked(self._plain_group, "groups", refused).refusal(why)
        for group in groups:
            self._require(self._plain_group, "groups", group)

    @property
    def _plain_group(self) -> str:
        return _GROUP if self.name else ""

    def _asked(self, group: str, resource: str, name: str, namespace: str = "") -> Attributes:
        verb = f"impersonate:{self.name}" if self.name else "impersonate"
        plural, _, sub = resource.partition("/")
        return Attributes(self.user, verb, group, plural, sub, name, namespace)

    def _require(self, group: str, resource: str, name: str, namespace: str = "") -> None:
        self.authorizer.require(self._asked(group, resource, name, namespace))
