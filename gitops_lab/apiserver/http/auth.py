"""Bearer tokens: the configured ones, and those that the server signs for ServiceAccounts."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User

ISSUER = "https://kubernetes.default.svc.cluster.local"
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def service_account_user(namespace: str, name: str, uid: str) -> User:
    """The user that a ServiceAccount's token speaks for."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return User(f"system:serviceaccount:{namespace}:{name}", (*groups, "system:authenticated"), uid)


def impersonated(user: User, headers: Iterable[tuple[bytes, bytes]]) -> User:
    """The user that a request is to be judged as (kubectl --as). Raises StatusError 403."""
    asked = {name for name, _ in headers if name.startswith(b"impersonate-")}
    if not asked:
        return user
    named = [value.decode() for name, value in headers if name == b"impersonate-user"]
    if not named:
        raise status.bad_request("requested impersonation without impersonating a user")
    if not user.is_admin:
        why = f'User "{user.name}" cannot impersonate resource "users" in API group ""'
        raise status.forbidden("", "users", named[0], f"{why} at the cluster scope")
    groups = [value.decode() for name, value in headers if name == b"impersonate-group"]
    return User(named[0], (*groups, "system:authenticated"))


class Authenticator:
    """Finds the user of an Authorization header. `key` signs ServiceAccount tokens."""

    def __init__(self, tokens: Mapping[str, User], key: bytes) -> None:
        # Looked up by digest, so that a guess can't be refined by timing the comparison.
        self._users = {_digest(token): user for token, user in tokens.items()}
        self._key = key

    def user(self, authorization: bytes) -> User | None:
        """The user, or None when there is no valid token."""
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        return self._users.get(_digest(token)) or self.verify(token)

    def sign(self, claims: dict[str, object]) -> str:
        """A JSON Web Token (HS256) with these claims."""
        head = _encode(orjson.dumps({"alg": "HS256", "typ": "JWT"}))
        text = f"{head}.{_encode(orjson.dumps(claims))}"
        return f"{text}.{_encode(self._signature(text))}"

    def verify(self, token: str) -> User | None:
        """The ServiceAccount behind a token of ours that has not expired."""
        text, _, signature = token.rpartition(".")
        if text.count(".") != 1 or not _same(signature, _encode(self._signature(text))):
            return None
        claims = orjson.loads(_decode(text.partition(".")[2]))
        if claims.get("exp", 0) < time.time():
            return None
        about = claims["kubernetes.io"]
        account = about["serviceaccount"]
        return service_account_user(about["namespace"], account["name"], account["uid"])

    def _signature(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode("utf-8"), hashlib.sha256).digest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8")).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
