"""The writes that a StatefulSet makes: its pods and their claims."""

from gitops_lab.controllers.framework.events import Source
from gitops_lab.controllers.framework.informers import SharedInformer, key_of
from gitops_lab.controllers.framework.workers import is_namespace_terminating
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.statefulset import retention
from gitops_lab.controllers.statefulset.identity import (
    claim_name,
    claims_of,
    identity_matches,
    ordinal_of,
    storage_matches,
    with_identity,
    with_storage,
)
from gitops_lab.kube import Client
from gitops_lab.kube.errors import AlreadyExists, ApiError, NotFound
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of


class ClaimLeaving(Exception):
    """A pod's claim is being deleted: the pod has to wait for the next one."""


class StatefulPods:
    """Writes pods and claims, tells of it in the set's events, and remembers what it wrote."""

    def __init__(
        self,
        client: Client,
        events: Source,
        informers: tuple[SharedInformer, SharedInformer],
        written: Written,
    ) -> None:
        self._client, self._events = client, events
        self._pods, self._claims = informers
        self._written = written

    def create(self, one: Object, pod: Object) -> None:
        """Create a pod after its claims. Raises ApiError or ClaimLeaving after telling of it."""
        try:
            self.furnish(one, pod)
            made = self._client.create(pod)
        except AlreadyExists:
            raise
        except (ApiError, ClaimLeaving) as error:
            self._tell("create", one, pod, error)
            raise
        self._written.note(key_of(one), self._pods, made)
        self.keep_claims(one, made)
        self._tell("create", one, pod)

    def is_blocked(self, one: Object, pod: Object) -> bool:
        """Whether a claim from before must go first."""
        if not retention.retention(one)[0]:
            return False
        held = (self._claim(claim) for claim in claims_of(one, ordinal_of(pod)).values())
        return any(claim is not None and retention.is_stale(claim, pod) for claim in held)

    def furnish(self, one: Object, pod: Object) -> None:
        """Create the claims that are missing. Raises ApiError or ClaimLeaving."""
        for claim in claims_of(one, ordinal_of(pod)).values():
            held = self._claim(claim)
            if held is not None:
                if is_terminating(held):
                    raise ClaimLeaving(f"pvc {name_of(claim)} is being deleted")
                continue
            self._create_claim(one, pod, claim)

    def keep_claims(self, one: Object, pod: Object) -> None:
        """Have the pod's claims owned as the retention policy says. Raises ApiError."""
        for template in one["spec"].get("volumeClaimTemplates") or []:
            name = claim_name(template, one, ordinal_of(pod))
            claim = self._claims.get(namespace_of(one), name)
            if claim is None:
                continue
            if retention.has_conflict(claim, one, pod):
                self._events.warning(
                    one,
                    "ConflictingController",
                    f"PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a "
                    "manging controller, the retention policy is ignored for this claim",
                )
            owners = retention.wanted_owners(claim, one, pod)
            if owners is None:
                continue
            metadata = {**claim["metadata"], "ownerReferences": owners}
            changed = self._client.update({**claim, "metadata": metadata})
            self._written.note(key_of(one), self._claims, changed)

    def correct(self, one: Object, pod: Object) -> None:
        """Give a pod back its labels, volumes and claims if it lost them. Raises ApiError."""
        self.keep_claims(one, pod)
        if identity_matches(one, pod) and storage_matches(one, pod):
            return
        try:
            self.furnish(one, pod)
            changed = self._client.update(with_storage(one, with_identity(pod)))
        except (ApiError, ClaimLeaving) as error:
            self._tell("update", one, pod, error)
            raise
        self._written.note(key_of(one), self._pods, changed)
        self._tell("update", one, pod)

    def delete(self, one: Object, pod: Object) -> None:
        """Delete a pod. Raises ApiError after telling of it."""
        try:
            answer = self._client.delete("v1", "Pod", name_of(pod), namespace_of(pod))
        except NotFound:
            answer = {}
        except ApiError as error:
            self._tell("delete", one, pod, error)
            raise
        if answer.get("kind") == "Pod":
            self._written.note(key_of(one), self._pods, answer, deleted=True)
        self._tell("delete", one, pod)

    def _claim(self, claim: Object) -> Object | None:
        return self._claims.get(namespace_of(claim), name_of(claim))

    def _create_claim(self, one: Object, pod: Object, claim: Object) -> None:
        try:
            made = self._client.create(claim)
        except AlreadyExists:
            raise
        except ApiError as error:
            self._tell_claim(one, pod, claim, error)
            raise
        self._written.note(key_of(one), self._claims, made)
        self._tell_claim(one, pod, claim)

    def _tell(self, verb: str, one: Object, pod: Object, error: Exception | None = None) -> None:
        what = f"{verb.title()} Pod {name_of(pod)} in StatefulSet {name_of(one)}"
        self._put(verb, one, f"{what} successful", f"{what} failed error: ", error)

    def _tell_claim(
        self, one: Object, pod: Object, claim: Object, error: Exception | None = None
    ) -> None:
        place = f"Pod {name_of(pod)} in StatefulSet {name_of(one)}"
        what = f"Create Claim {name_of(claim)}"
        self._put(
            "create", one, f"{what} {place} success", f"{what} for {place} failed error: ", error
        )

    def _put(self, verb: str, one: Object, good: str, bad: str, error: Exception | None) -> None:
        if error is None:
            self._events.normal(one, f"Successful{verb.title()}", good)
        elif not (isinstance(error, ApiError) and is_namespace_terminating(error)):
            self._events.warning(one, f"Failed{verb.title()}", f"{bad}{error}")
