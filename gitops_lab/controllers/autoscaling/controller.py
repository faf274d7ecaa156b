"""Which autoscalers to sync when, what they ask, and the sizes they set."""

from dataclasses import dataclass, field
from datetime import datetime

from gitops_lab.controllers.autoscaling.pace import Memory, pace, tolerance
from gitops_lab.controllers.autoscaling.proposal import (
    NoProposal,
    Proposal,
    propose,
    target_of,
)
from gitops_lab.controllers.autoscaling.status import current_metric, with_condition
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.times import now, stamp
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object, name_of, namespace_of

_EVERY_SECONDS = 15.0
_METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces"
_ABLE, _ACTIVE, _LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
_UNABLE = "the HPA was unable to compute the replica count"


class NoMetrics(Exception):
    """No metric of an autoscaler says how many pods it wants."""


@dataclass
class _Pass:
    """One look at an autoscaler: its status as it will be written, and the target's scale."""

    one: Object
    path: str
    moment: datetime
    status: Object
    scale: Object = field(default_factory=dict)

    @property
    def current(self) -> int:
        return int((self.scale.get("spec") or {}).get("replicas") or 0)

    def condition(self, kind: str, true: bool, reason: str, message: str) -> None:
        listed = self.status.get("conditions") or []
        self.status["conditions"] = with_condition(
            listed, kind, true, reason, message, moment=self.moment
        )


class AutoscalingController(Controller):
    """Looks at every autoscaler each fifteen seconds."""

    name = "horizontal-pod-autoscaler"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._scalers = context.informers.of("autoscaling/v2", "HorizontalPodAutoscaler")
        self._memories: dict[Key, Memory] = {}
        self._written = Written()
        self._scalers.subscribe(self._on_scaler)

    def sync(self, key: Key) -> None:
        """Ask, decide, scale, and write how it stands; then come back."""
        one = self._scalers.get(*key)
        if one is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        self.enqueue_after(key, _EVERY_SECONDS)
        held = one.get("status") or {}
        look = _Pass(one, self._scale_path(one), now(), {**held})
        look.status["observedGeneration"] = one["metadata"].get("generation")
        try:
            self._look(key, look)
        except NoMetrics as error:
            self.events.warning(one, "FailedComputeMetricsReplicas", str(error))
        finally:
            self._write(key, one, look.status)

    def _scale_path(self, one: Object) -> str:
        reference = one["spec"]["scaleTargetRef"]
        version = str(reference.get("apiVersion") or "v1")
        try:
            resource = self.client.resource(version, str(reference["kind"]))
        except ApiError:
            return ""
        return resource.path(namespace_of(one), str(reference["name"]), "scale")

    def _look(self, key: Key, look: _Pass) -> None:
        if not self._get_scale(look):
            return
        spec, current = look.one["spec"], look.current
        low, high = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
        look.status["currentReplicas"] = int((look.scale.get("status") or {}).get("replicas") or 0)
        if current == 0:
            message = "scaling is disabled since the replica count of the target is zero"
            look.condition(_ACTIVE, False, "ScalingDisabled", message)
            look.status["desiredReplicas"] = 0
            return
        if current > high:
            wanted, reason = high, "Current number of replicas above Spec.MaxReplicas"
        elif current < low:
            wanted, reason = low, "Current number of replicas below Spec.MinReplicas"
        else:
            wanted, reason = self._wanted(key, look)
        if wanted != current:
            self._rescale(key, look, wanted, reason)
        look.status["desiredReplicas"] = wanted

    def _get_scale(self, look: _Pass) -> bool:
        try:
            if not look.path:
                raise NoMetrics("no matches for the kind of the scale target")
            look.scale = self.client.request("GET", look.path)
        except (ApiError, NoMetrics) as error:
            self.events.warning(look.one, "FailedGetScale", str(error))
            message = f"the HPA controller was unable to get the target's current scale: {error}"
            look.condition(_ABLE, False, "FailedGetScale", message)
            return False
        message = "the HPA controller was able to get the target's current scale"
        look.condition(_ABLE, True, "SucceededGetScale", message)
        return True

    # -- what the metrics ask for

    def _wanted(self, key: Key, look: _Pass) -> tuple[int, str]:
        proposal, metric = self._propose(look)
        memory = self._memories.setdefault(key, Memory())
        reason = f"{metric} above target" if proposal > look.current else ""
        if proposal < look.current:
            reason = "All metrics below target"
        paced = pace(look.one["spec"], look.current, proposal, memory)
        look.condition(_ABLE, True, *paced.able)
        look.condition(_LIMITED, paced.limited, *paced.limit)
        return paced.replicas, reason

    def _propose(self, look: _Pass) -> tuple[int, str]:
        """The largest size that a metric asks for, and which one. Raises NoMetrics."""
        selector = str((look.scale.get("status") or {}).get("selector") or "")
        if not selector:
            message = "the HPA target's scale is missing a selector"
            look.condition(_ACTIVE, False, "InvalidSelector", message)
            raise NoMetrics("selector is required")
        specs = look.one["spec"].get("metrics") or []
        pods = self.client.list("v1", "Pod", namespace_of(look.one), label_selector=selector).items
        failures: list[tuple[str, str]] = []
        found: list[tuple[int, str]] = []
        shown: list[Object] = []
        for spec in specs:
            try:
                proposal, metric, current = self._one_metric(look, spec, pods, selector)
            except NoProposal as error:
                failures.append((f"FailedGet{spec.get('type')}Metric", str(error)))
                continue
            found.append((proposal.replicas, metric))
            shown.append(current)
        look.status["currentMetrics"] = shown or None
        best = max(found, default=(0, ""), key=lambda each: each[0])
        if failures and (not found or best[0] < look.current):
            self._tell_failed(look, failures[0])
            count = f"({len(failures)} invalid out of {len(specs)})"
            raise NoMetrics(f"invalid metrics {count}, first error is: {failures[0][1]}")
        message = "the HPA was able to successfully calculate a replica count from " + best[1]
        look.condition(_ACTIVE, True, "ValidMetricFound", message)
        return best

    def _tell_failed(self, look: _Pass, failure: tuple[str, str]) -> None:
        reason, why = failure
        self.events.warning(look.one, reason, why)
        look.condition(_ACTIVE, False, reason, f"{_UNABLE}: {why}")

    def _one_metric(
        self, look: _Pass, spec: Object, pods: list[Object], selector: str
    ) -> tuple[Proposal, str, Object]:
        target = target_of(spec)
        of = "utilization" if target.utilization is not None else "usage"
        prefix = f"failed to get {target.resource} {of}: "
        try:
            metrics = self._metrics(look.one, target.resource, selector)
            proposal = propose(
                target, pods, metrics, look.current, tolerance(look.one["spec"]), look.moment
            )
        except NoProposal as error:
            raise NoProposal(f"{prefix}{error}") from error
        return proposal, target.metric, current_metric(target, proposal)

    def _metrics(self, one: Object, resource: str, selector: str) -> list[Object]:
        path = f"{_METRICS}/{namespace_of(one)}/pods"
        try:
            answer = self.client.request("GET", path, params={"labelSelector": selector})
        except ApiError as error:
            raise NoProposal(
                f"unable to get metrics for resource {resource}: unable to fetch metrics from "
                f"resource metrics API: {error}"
            ) from error
        return list(answer.get("items") or [])

    # -- writes

    def _rescale(self, key: Key, look: _Pass, wanted: int, reason: str) -> None:
        size = f"New size: {wanted}; reason: {reason}"
        scale = {**look.scale, "spec": {"replicas": wanted}}
        try:
            self.client.request("PUT", look.path, body=scale)
        except ApiError as error:
            self.events.warning(look.one, "FailedRescale", f"{size}; error: {error}")
            message = f"the HPA controller was unable to update the target scale: {error}"
            look.condition(_ABLE, False, "FailedUpdateScale", message)
            raise
        message = f"the HPA controller was able to update the target scale to {wanted}"
        look.condition(_ABLE, True, "SucceededRescale", message)
        self.events.normal(look.one, "SuccessfulRescale", size)
        self._memories.setdefault(key, Memory()).note_change(wanted - look.current)
        look.status["lastScaleTime"] = stamp(look.moment)

    def _write(self, key: Key, one: Object, status: Object) -> None:
        wanted = {k: v for k, v in status.items() if v is not None}
        wanted.setdefault("desiredReplicas", 0)
        if one.get("status") != wanted:
            answer = self.client.update({**one, "status": wanted}, subresource="status")
            self._written.note(key, self._scalers, answer)

    # -- what wakes an autoscaler

    def _on_scaler(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._memories.pop(key_of(new), None)
        elif old is None or old["spec"] != new["spec"] or name_of(old) != name_of(new):
            self.enqueue(key_of(new))
