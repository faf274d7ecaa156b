"""HelmRelease: what has to be there before a release is made, and when it is looked at again."""

import logging
import random
from collections.abc import Callable

from gitops_lab.dialects.controller import Controller, TryAgain
from gitops_lab.dialects.flux import expressions
from gitops_lab.dialects.flux.clusters import HELM, ClusterFailed, reach
from gitops_lab.dialects.flux.configurations import Configurations
from gitops_lab.dialects.flux.draft import READY, Draft
from gitops_lab.dialects.flux.events import ERROR, INFO, News
from gitops_lab.dialects.flux.fetching import Arrivals
from gitops_lab.dialects.flux.health_checks import assessor
from gitops_lab.dialects.flux.helm.actions import Retry, clear_failures
from gitops_lab.dialects.flux.helm.asked import force_asked, reset_asked, unsupported
from gitops_lab.dialects.flux.helm.atomic import Outcome, release
from gitops_lab.dialects.flux.helm.chart import Chart, ChartError
from gitops_lab.dialects.flux.helm.program import HelmFailed, HelmProgram, Target
from gitops_lab.dialects.flux.helm.removal import target_changed, uninstall
from gitops_lab.dialects.flux.helm.sources import Located, SourceMissing, locate
from gitops_lab.dialects.flux.helm.spec import API_VERSION, CONTROLLER, KIND, ReleaseSpec
from gitops_lab.dialects.flux.helm.storage import Storage
from gitops_lab.dialects.flux.helm.template import remove_chart, write_chart
from gitops_lab.dialects.flux.helm.values import Values, ValuesError, composed, digest
from gitops_lab.dialects.flux.helm.waiting import (
    BadExpression,
    DependencyNotReady,
    check_dependencies,
)
from gitops_lab.dialects.flux.helm.work import Work
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.ssa.kstatus import Health
from gitops_lab.dialects.flux.triggers import asked_anew
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import name_of, namespace_of

log = logging.getLogger(__name__)
_REAL_WAIT, _LAB_WAIT = 30.0, 2.0
_AT_ONCE = 0.75
_JITTER = 0.05
_CHARTS = ("HelmChart", "OCIRepository")


class HelmReleases:
    """The controller of all HelmReleases."""

    def __init__(self, context: Context, arrivals: Arrivals | None = None) -> None:
        self._context = context
        self._helm = HelmProgram(context.world.state / "helm")
        self._wait = _LAB_WAIT if context.lab else _REAL_WAIT
        self.arrivals = arrivals or Arrivals(context, _CHARTS)
        self.arrivals.subscribe(self._arrived)
        self.controller = Controller(
            context.client, API_VERSION, KIND, self._reconcile, name=CONTROLLER, wants=asked_anew
        )
        self._configurations = Configurations(context.client, self.controller, _configurations)

    def start(self) -> None:
        """Begin to follow."""
        self.controller.start()
        self._configurations.start()

    def stop(self) -> None:
        """End; a release that helm is making stays pending, and is unlocked at the next start."""
        self._configurations.stop()
        self._helm.stop()
        self.controller.stop()

    def _arrived(self, kind: str, namespace: str, name: str) -> None:
        """A chart has news: look at the releases made of it."""
        for obj in self.controller.items():
            reference = obj["spec"].get("chartRef") or {}
            used = str((obj.get("status") or {}).get("helmChart") or "")
            place = (reference.get("kind"), reference.get("namespace") or namespace_of(obj))
            of_reference = (*place, reference.get("name")) == (kind, namespace, name)
            if of_reference or (kind == "HelmChart" and used == f"{namespace}/{name}"):
                self.controller.trigger(namespace_of(obj), name_of(obj))

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, CONTROLLER)
        if draft is None:
            return None
        return _Pass(self._context, draft, self._helm, self._wait).run()


class _Stop(Exception):
    """The pass ends: seconds until the next look, None for none; `retry` after a back-off."""

    def __init__(self, pause: float | None = None, *, retry: bool = False) -> None:
        super().__init__()
        self.pause = pause
        self.retry = retry


class _Pass:
    """One reconciliation of one HelmRelease."""

    def __init__(self, context: Context, draft: Draft, helm: HelmProgram, wait: float) -> None:
        self._context, self._draft, self._helm = context, draft, helm
        self._spec = ReleaseSpec(draft.obj)
        self._wait = wait

    def run(self) -> float | None:
        """The seconds until the next look; None for none. Raises TryAgain."""
        draft = self._draft
        if draft.deleting:
            return self._remove()
        draft.hold()
        if draft.spec.get("suspend"):
            draft.handled()
            draft.observed()
            draft.write()
            return None
        try:
            pause = self._release()
            draft.observed()
        except _Stop as stop:
            if stop.retry:
                self._finish()
                raise TryAgain(str(draft.condition(READY).get("message"))) from stop
            pause = stop.pause
        self._finish()
        return pause

    def _finish(self) -> None:
        self._draft.handled()
        self._draft.write()

    def _release(self) -> float | None:
        draft, spec = self._draft, self._spec
        if what := unsupported(spec.spec, self._context.reaches):
            draft.failed("UnsupportedField", what)
            draft.stalled("UnsupportedField", what)
            draft.observed()
            self._tell(ERROR, "UnsupportedField", what)
            raise _Stop()
        judge = self._judge()
        write_chart(self._context, draft, spec)
        draft.reconciling("Progressing", "Fulfilling prerequisites")
        draft.write()
        self._dependencies()
        located = self._located()
        values = self._values()
        chart = self._chart(located)
        work = self._reached(values, chart, located.digest)
        work.judge = judge
        if target_changed(work, chart.name):
            self._moved(work)
        self._attempted(work, chart)
        return self._attempt(work)

    def _dependencies(self) -> None:
        try:
            check_dependencies(self._context.client, self._draft.obj)
        except DependencyNotReady as error:
            self._draft.failed("DependencyNotReady", str(error))
            self._tell(INFO, "DependencyNotReady", str(error))
            raise _Stop(self._wait) from error
        except BadExpression as error:
            raise self._misread(str(error)) from error
        self._passed("DependencyNotReady")

    def _judge(self) -> Callable[[Object], Health] | None:
        """How objects are judged, where that is said."""
        checks = self._spec.spec.get("healthCheckExprs")
        try:
            return assessor(checks) if checks else None
        except expressions.BadExpression as error:
            raise self._misread(str(error)) from error

    def _misread(self, said: str) -> "_Stop":
        """An expression that is none: nothing is tried before it is another one."""
        told = f"Reconciliation failed terminally due to configuration error: {said}"
        self._draft.failed("InvalidCELExpression", told)
        self._draft.stalled("InvalidCELExpression", told)
        self._draft.observed()
        self._tell(ERROR, "InvalidCELExpression", said)
        return _Stop()

    def _located(self) -> Located:
        try:
            located = locate(self._context, self._draft, self._spec)
        except SourceMissing as error:
            self._draft.failed(error.reason, str(error))
            if error.reason == "SourceNotReady":
                raise _Stop(self._wait) from error
            raise _Stop(retry=True) from error
        self._passed("AccessDenied", "ArtifactFailed", "SourceNotReady")
        return located

    def _values(self) -> Values:
        try:
            values = composed(self._context.client, self._draft.namespace, self._spec.spec)
        except (ValuesError, ApiError) as error:
            self._draft.failed("ValuesError", error.message)
            self._tell(ERROR, "ValuesError", error.message)
            raise _Stop(retry=True) from error
        self._passed("ValuesError")
        return values

    def _chart(self, located: Located) -> Chart:
        try:
            chart = located.chart(self._context)
        except (ChartError, SourceMissing) as error:
            self._draft.failed("ArtifactFailed", f"Could not load chart: {error}")
            self._tell(ERROR, "ArtifactFailed", str(error))
            raise _Stop(retry=True) from error
        self._passed("ArtifactFailed")
        return chart

    def _passed(self, *reasons: str) -> None:
        """What was missing is there now."""
        if self._draft.condition(READY).get("reason") in reasons:
            self._draft.mark(READY, "Unknown", "Progressing", "reconciliation in progress")

    def _reached(self, values: Values, chart: Chart, oci_digest: str) -> Work:
        try:
            work = self._work(values, chart, oci_digest)
        except ClusterFailed as error:
            self._draft.failed("RESTClientError", error.message)
            raise _Stop(retry=True) from error
        self._passed("RESTClientError")
        return work

    def _work(self, values: Values, chart: Chart | None = None, oci_digest: str = "") -> Work:
        spec, acting = self._spec, self._acting()
        storage = str(self._draft.status.get("storageNamespace") or spec.storage)
        return Work(
            draft=self._draft,
            spec=spec,
            client=acting,
            helm=self._helm,
            target=Target(acting, spec.namespace),
            storage=Storage(acting, spec.storage if chart else storage),
            announcer=self._context.announcer,
            values=values,
            chart=chart,
            oci_digest=oci_digest,
        )

    def _acting(self) -> Client:
        """In the cluster that is named, as the ServiceAccount that makes the release.

        Raises ClusterFailed.
        """
        home, spec = self._context.world.home, self._spec
        client = reach(home, self._draft.namespace, spec.spec, HELM) or home
        return client.acting_as(spec.user) if spec.user else client

    def _moved(self, work: Work) -> None:
        """The release goes from where it was; at the next look it comes where it belongs."""
        self._uninstall(self._work({}))
        clear_failures(work)
        self._draft.status.pop("storageNamespace", None)
        raise _Stop(_AT_ONCE)

    def _uninstall(self, work: Work) -> None:
        current = work.current
        if current is not None:
            work.target = Target(work.target.client, str(current["namespace"]))
            uninstall(work)
        work.forget()

    def _attempted(self, work: Work, chart: Chart) -> None:
        """Note what is being tried; another try than the last one begins to count anew."""
        status, fingerprint = self._draft.status, digest(work.values)
        same = (
            status.get("lastAttemptedGeneration") == self._draft.generation
            and status.get("lastAttemptedRevision") == chart.version
            and status.get("lastAttemptedConfigDigest") in (None, fingerprint)
        )
        if reset_asked(self._draft) or not same:
            clear_failures(work)
        status["storageNamespace"] = work.spec.storage
        status["lastAttemptedGeneration"] = self._draft.generation
        status["lastAttemptedRevision"] = chart.version
        status["lastAttemptedConfigDigest"] = fingerprint
        if work.oci_digest:
            status["lastAttemptedRevisionDigest"] = work.oci_digest
        else:
            status.pop("lastAttemptedRevisionDigest", None)

    def _attempt(self, work: Work) -> float | None:
        try:
            outcome = release(work, force=force_asked(self._draft))
        except (Retry, GitOpsLabError) as error:
            if not self._draft.condition(READY):
                self._draft.failed("ReconcileError", str(error))
            raise _Stop(retry=True) from error
        if outcome is Outcome.AGAIN:
            raise _Stop(_AT_ONCE)
        if outcome is Outcome.STALLED:
            return None
        pause = self._spec.interval
        if outcome is Outcome.LATER:
            pause = self._spec.retry_after(self._draft.status) or pause
        return pause * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311

    def _remove(self) -> float | None:
        """Uninstall, unless it is suspended: then all stays, and only the HelmRelease goes."""
        draft = self._draft
        if not draft.spec.get("suspend"):
            try:
                if draft.status.get("storageNamespace"):
                    self._uninstall(self._work({}))
            except HelmFailed as error:
                draft.write()
                raise TryAgain(error.message) from error
            except ClusterFailed as error:
                self._left(error)
            remove_chart(self._context, draft)
        draft.release()
        return None

    def _left(self, error: ClusterFailed) -> None:
        """Where the Secret is gone, so is the way to the release: it stays where it is."""
        if error.gone:
            log.warning("%s stays installed: %s", self._spec.long_name, error.message)
            return
        told = "failed to build REST client getter to uninstall release"
        self._draft.failed("UninstallFailed", f"{told}: {error.message}")
        self._draft.write()
        raise TryAgain(error.message) from error

    def _tell(self, severity: str, reason: str, message: str) -> None:
        self._context.announcer.tell(News(self._draft.obj, severity, reason, message, CONTROLLER))


def _configurations(obj: Object) -> list[tuple[str, str, str]]:
    """The ConfigMaps and Secrets that a release depends on."""
    spec, namespace = obj["spec"], namespace_of(obj)
    values = [(one["kind"], one["name"]) for one in spec.get("valuesFrom") or []]
    cluster = ((spec.get("kubeConfig") or {}).get("secretRef") or {}).get("name", "")
    return [(kind, namespace, name) for kind, name in (*values, ("Secret", cluster))]
