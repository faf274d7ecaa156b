"""CronJob: degraded when its last run did not succeed."""

from gitops_lab.engine.health.model import Health, degraded, healthy, suspended
from gitops_lab.engine.health.reading import spec_of, status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Times are RFC 3339 in UTC, so their text sorts as they do."""
    status = status_of(obj)
    if spec_of(obj).get("suspend"):
        return suspended("the CronJob is suspended")
    if not (last := status.get("lastScheduleTime")):
        return healthy("it has not run yet")
    if status.get("active"):
        return healthy("it is running now")
    if str(status.get("lastSuccessfulTime") or "") < str(last):
        return degraded(f"the run of {last} did not succeed")
    return healthy()
