"""One step of a StatefulSet: which pods to make, correct and delete now.

Pods come one after the other, each when those before it are available, and go in reverse; with the
Parallel policy all at once. An update deletes pods from the last number down; what comes in their
place is made from the new revision.
"""

from collections.abc import Sequence
from datetime import datetime

from gitops_lab.controllers.framework.pods import is_terminal
from gitops_lab.controllers.statefulset.identity import (
    first_ordinal,
    is_created,
    is_in_range,
    make_pod,
    ordinal_of,
    partition,
    replicas,
    revision_of,
)
from gitops_lab.controllers.statefulset.pods import StatefulPods
from gitops_lab.controllers.statefulset.status import (
    is_running_and_ready,
    is_unavailable,
    max_unavailable,
)
from gitops_lab.kube.objects import Object, is_terminating, name_of


class Step:
    """One pass over a set. `versions` are the set as of its current and its update revision."""

    def __init__(
        self,
        writer: StatefulPods,
        one: Object,
        versions: tuple[Object, Object],
        revisions: tuple[Object, Object],
        moment: datetime,
    ) -> None:
        self._writer, self._one, self._moment = writer, one, moment
        self._versions = versions
        self._current, self._update = map(name_of, revisions)
        self._ordered = one["spec"].get("podManagementPolicy") != "Parallel"
        self.deleted_for_update = 0

    def run(self, pods: Sequence[Object], reference: Object) -> None:
        """Take the step. Raises ApiError, ClaimLeaving."""
        living = self._living(pods, reference)
        condemned = sorted(
            (pod for pod in pods if ordinal_of(pod) >= 0 and not self._belongs(pod)),
            key=ordinal_of,
            reverse=True,
        )
        for pod in living:
            if self._advance(pod) and self._ordered:
                return
        for pod in condemned:
            self._writer.keep_claims(self._versions[1], pod)
        unwell = self._first_unavailable([*living, *reversed(condemned)])
        for pod in condemned:
            if self._condemn(pod, unwell) and self._ordered:
                return
        if (self._one["spec"].get("updateStrategy") or {}).get("type") != "OnDelete":
            self._replace(living)

    def _belongs(self, pod: Object) -> bool:
        return is_in_range(self._one, ordinal_of(pod))

    def _living(self, pods: Sequence[Object], reference: Object) -> list[Object]:
        """The pod of every number, by number; those that are missing as they are to be made."""
        held = {ordinal_of(pod): pod for pod in pods}
        first = first_ordinal(self._one)
        return [
            held.get(number) or self._planned(reference, number)
            for number in range(first, first + replicas(self._one))
        ]

    def _planned(self, reference: Object, ordinal: int) -> Object:
        strategy = self._one["spec"].get("updateStrategy") or {}
        kept = first_ordinal(self._one)
        if strategy.get("rollingUpdate") is not None:
            kept += partition(self._one)
        elif strategy.get("type") == "RollingUpdate":
            kept += int((self._one.get("status") or {}).get("currentReplicas") or 0)
        else:
            kept = 0
        if ordinal < kept:
            return make_pod(self._versions[0], reference, ordinal, self._current)
        return make_pod(self._versions[1], reference, ordinal, self._update)

    def _advance(self, pod: Object) -> bool:
        """Bring one pod forward; True when those after it have to wait."""
        if is_terminal(pod):
            if not is_terminating(pod):
                self._writer.delete(self._one, pod)
            return True
        if not is_created(pod):
            if not self._writer.is_blocked(self._one, pod):
                self._writer.create(self._one, pod)
            return True
        if pod["status"]["phase"] == "Pending":
            self._writer.furnish(self._one, pod)
            self._writer.keep_claims(self._one, pod)
        waits = not is_running_and_ready(pod) or is_unavailable(self._one, pod, self._moment)
        if self._ordered and waits:
            return True
        self._writer.correct(self._versions[1], pod)
        return False

    def _first_unavailable(self, pods: Sequence[Object]) -> Object | None:
        return next((pod for pod in pods if is_unavailable(self._one, pod, self._moment)), None)

    def _condemn(self, pod: Object, unwell: Object | None) -> bool:
        """Delete a pod that is one too many; True when the next has to wait."""
        if is_terminating(pod):
            return True
        waits = not is_running_and_ready(pod) or is_unavailable(self._one, pod, self._moment)
        if self._ordered and waits and pod is not unwell:
            return True
        self._writer.delete(self._one, pod)
        return True

    # -- update

    def _replace(self, living: Sequence[Object]) -> None:
        """Delete pods of old revisions, from the last down, as many as may be missing at once."""
        # The genuine controller compares positions here, not numbers.
        targets = list(reversed(living[partition(self._one) :]))
        old = [p for p in targets if revision_of(p) != self._update and not is_terminating(p)]
        missing = [pod for pod in living if self._is_unavailable(pod)]
        budget = max_unavailable(self._one) - len(missing)
        if not self._ordered:
            for pod in old:
                if is_created(pod) and self._is_unavailable(pod):
                    self._delete(pod)
            old = [pod for pod in old if not self._is_unavailable(pod)]
        for pod in old[: max(0, budget)]:
            self._delete(pod)

    def _is_unavailable(self, pod: Object) -> bool:
        return is_unavailable(self._one, pod, self._moment)

    def _delete(self, pod: Object) -> None:
        self._writer.delete(self._one, pod)
        self.deleted_for_update += 1
