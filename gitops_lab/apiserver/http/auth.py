"""Bearer tokens: the configured ones, and those that the server signs for ServiceAccounts."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.store import Store
from gitops_lab.kube.objects import Object

ISSUER = "https://kubernetes.default.svc.cluster.local"
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
_MOST_REMEMBERED = 1024
_EXTRA = "authentication.kubernetes.io/"
_BINDABLE = {"pod": "/pods", "secret": "/secrets", "node": "/nodes"}


def service_account_user(namespace: str, name: str, uid: str) -> User:
    """The user that a ServiceAccount's token speaks for."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return User(f"system:serviceaccount:{namespace}:{name}", (*groups, "system:authenticated"), uid)


@dataclass(frozen=True)
class Account:
    """What a token of ours says: who, for whom, until when, and while which objects exist.

    `bound` holds (collection, namespace, name, uid) of the ServiceAccount and of what the token is
    bound to.
    """

    user: User
    audiences: tuple[str, ...]
    expires: float
    bound: tuple[tuple[str, str, str, str], ...]

    @classmethod
    def of(cls, claims: Object) -> "Account":
        """From the claims of a token whose signature is good."""
        about = claims["kubernetes.io"]
        space, account = about["namespace"], about["serviceaccount"]
        bound = [("/serviceaccounts", space, account["name"], account["uid"])]
        for word, collection in _BINDABLE.items():
            # A pod's token names its node too; it is the pod that it depends on.
            if word in about and not (word == "node" and "pod" in about):
                at = "" if word == "node" else space
                bound.append((collection, at, about[word]["name"], about[word]["uid"]))
        user = service_account_user(space, account["name"], account["uid"])
        user = User(user.name, user.groups, user.uid, _extra(claims, about))
        return cls(user, tuple(claims["aud"]), float(claims["exp"]), tuple(bound))


def _extra(claims: Object, about: Object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = {f"{_EXTRA}credential-id": (f"JTI={claims['jti']}",)} if "jti" in claims else {}
    for word in ("node", "pod"):
        if word in about:
            found[f"{_EXTRA}{word}-name"] = (about[word]["name"],)
            if about[word].get("uid"):
                found[f"{_EXTRA}{word}-uid"] = (about[word]["uid"],)
    return tuple(sorted(found.items()))


class Authenticator:
    """Finds the user of an Authorization header. `key` signs ServiceAccount tokens.

    `store` tells whether what a token stands for is still there.
    """

    def __init__(self, tokens: Mapping[str, User], key: bytes, store: Store) -> None:
        # Looked up by digest, so that a guess can't be refined by timing the comparison.
        self._users = {_digest(token): user for token, user in tokens.items()}
        self._accounts: dict[bytes, Account] = {}
        self._key = key
        self._store = store

    def user(self, authorization: bytes) -> User | None:
        """The user of a header: nobody without a bearer token, None for one that is not valid."""
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return ANONYMOUS
        return self.of_token(token)

    def of_token(self, token: str) -> User | None:
        """The user that a token stands for."""
        found = self._users.get(_digest(token))
        if found is not None:
            return found
        account = self.account(token)
        return account.user if account is not None and ISSUER in account.audiences else None

    def account(self, token: str) -> Account | None:
        """The ServiceAccount behind a token of ours that is valid now, for whichever audience."""
        digest = _digest(token)
        found = self._accounts.get(digest) or self._verified(token)
        if found is None or found.expires < time.time() or not self._exists(found):
            return None
        if len(self._accounts) >= _MOST_REMEMBERED:
            self._accounts.clear()
        self._accounts[digest] = found
        return found

    def _exists(self, account: Account) -> bool:
        for collection, namespace, name, uid in account.bound:
            entry = self._store.collection(collection).get(namespace, name)
            if entry is None or entry.uid != uid:
                return False
        return True

    def sign(self, claims: Object) -> str:
        """A JSON Web Token (HS256) with these claims."""
        head = _encode(orjson.dumps({"alg": "HS256", "typ": "JWT"}))
        text = f"{head}.{_encode(orjson.dumps(claims))}"
        return f"{text}.{_encode(self._signature(text))}"

    def _verified(self, token: str) -> Account | None:
        text, _, signature = token.rpartition(".")
        if text.count(".") != 1 or not _same(signature, _encode(self._signature(text))):
            return None
        return Account.of(orjson.loads(_decode(text.partition(".")[2])))

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
