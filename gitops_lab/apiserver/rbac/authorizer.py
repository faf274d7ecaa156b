"""Decides by the stored roles and bindings; remembers decisions until one of those changes."""

from collections.abc import Iterator
from dataclasses import dataclass

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.rbac.attributes import Attributes, Decision
from gitops_lab.apiserver.rbac.rules import Rule, allows
from gitops_lab.apiserver.store import Collection, Event, Store
from gitops_lab.kube.objects import Object

GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "system:serviceaccount:"
_KINDS = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
_MOST_REMEMBERED = 8192
YES = Decision(True)


@dataclass(frozen=True)
class _Binding:
    """What a binding gives to whom; `namespace` is "" for the whole cluster."""

    kind: str
    name: str
    namespace: str
    reference: Object
    subjects: tuple[Object, ...]

    def subject_of(self, user: User) -> Object | None:
        """The first subject that is this user or one of its groups."""
        for subject in self.subjects:
            if _is(subject, user, self.namespace):
                return subject
        return None

    def told(self, subject: Object) -> str:
        name = f"{self.name}/{self.namespace}" if self.namespace else self.name
        role = f'{self.reference["kind"]} "{self.reference["name"]}"'
        who = str(subject.get("name", ""))
        if subject.get("kind") == "ServiceAccount":
            who += f"/{subject.get('namespace') or self.namespace}"
        return f'{self.kind} "{name}" of {role} to {subject.get("kind")} "{who}"'


def _is(subject: Object, user: User, namespace: str) -> bool:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "User":
        return bool(name == user.name)
    if kind == "Group":
        return name in user.groups
    space = subject.get("namespace") or namespace
    return kind == "ServiceAccount" and bool(space) and f"{ACCOUNT}{space}:{name}" == user.name


class Authorizer:
    """Belongs to the event loop's thread. Call `start` once the store has been read."""

    def __init__(self, store: Store) -> None:
        self._collections: dict[str, Collection] = {
            kind: store.collection(f"{GROUP}/{kind}") for kind in _KINDS
        }
        self._decisions: dict[Attributes, Decision] = {}
        self._bindings: dict[str, list[_Binding]] = {}
        self._rules: dict[tuple[str, str], list[Rule]] = {}

    def start(self) -> None:
        """Follow changes of roles and bindings."""
        for collection in self._collections.values():
            collection.listeners.add(self)

    def offer(self, event: Event) -> None:
        """Forget what rested on the old state."""
        self._decisions.clear()
        self._bindings.clear()
        self._rules.clear()

    def decide(self, asked: Attributes) -> Decision:
        """Whether it is allowed, and why."""
        if asked.user.is_admin:
            return YES
        found = self._decisions.get(asked)
        if found is None:
            if len(self._decisions) >= _MOST_REMEMBERED:
                self._decisions.clear()
            found = self._decisions[asked] = self._decide(asked)
        return found

    def require(self, asked: Attributes) -> None:
        """Raises StatusError 403 when it is not allowed."""
        decision = self.decide(asked)
        if not decision.allowed:
            raise asked.refusal(decision.reason)

    def _decide(self, asked: Attributes) -> Decision:
        errors: list[str] = []
        for binding, subject in self._bound(asked.user, asked.namespace):
            try:
                rules = self.referenced(binding.reference, binding.namespace)
            except status.StatusError as error:
                errors.append(error.message)
                continue
            if any(allows(rule, asked) for rule in rules):
                return Decision(True, f"RBAC: allowed by {binding.told(subject)}")
        if not errors:
            return Decision(False)
        told = _aggregate(errors)
        return Decision(False, f"RBAC: {told}", told)

    def rules_of(self, user: User, namespace: str) -> tuple[list[Rule], str]:
        """All that a user may do in a namespace; and what could not be looked up."""
        rules: list[Rule] = []
        errors: list[str] = []
        for binding, _ in self._bound(user, namespace):
            try:
                rules += self.referenced(binding.reference, binding.namespace)
            except status.StatusError as error:
                errors.append(error.message)
        return rules, _aggregate(errors) if errors else ""

    def referenced(self, reference: Object, namespace: str) -> list[Rule]:
        """The rules of the role that a binding names. Raises StatusError 404."""
        kind, name = str(reference.get("kind")), str(reference.get("name"))
        space = namespace if kind == "Role" else ""
        found = self._rules.get((space, name))
        if found is None:
            found = self._rules[space, name] = self._read(kind, space, name)
        return found

    def _read(self, kind: str, namespace: str, name: str) -> list[Rule]:
        entry = self._collections[f"{kind.lower()}s"].get(namespace, name)
        if entry is None:
            raise status.not_found(GROUP, kind.lower(), name)
        return entry.parsed().get("rules") or []

    def _bound(self, user: User, namespace: str) -> Iterator[tuple[_Binding, Object]]:
        for space in ("", namespace) if namespace else ("",):
            for binding in self._bindings_of(space):
                subject = binding.subject_of(user)
                if subject is not None:
                    yield binding, subject

    def _bindings_of(self, namespace: str) -> list[_Binding]:
        found = self._bindings.get(namespace)
        if found is None:
            kind = "RoleBinding" if namespace else "ClusterRoleBinding"
            entries = self._collections[f"{kind.lower()}s"].entries(namespace)
            found = [_binding(kind, namespace, entry.parsed()) for entry in entries]
            self._bindings[namespace] = found
        return found


def _binding(kind: str, namespace: str, body: Object) -> _Binding:
    name, subjects = body["metadata"]["name"], tuple(body.get("subjects") or ())
    return _Binding(kind, name, namespace, body["roleRef"], subjects)


def _aggregate(errors: list[str]) -> str:
    """Several errors as Kubernetes joins them: each once."""
    once = list(dict.fromkeys(errors))
    return once[0] if len(once) == 1 else f"[{', '.join(once)}]"
