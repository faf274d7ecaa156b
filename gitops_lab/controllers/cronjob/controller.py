"""Which CronJobs to sync when, and the Jobs that they start and forget."""

from datetime import datetime
from email.utils import format_datetime

from gitops_lab.controllers.cronjob import history, times
from gitops_lab.controllers.cronjob.schedule import Schedule, ScheduleError, parse, time_zone
from gitops_lab.controllers.framework.events import reference_to
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.ownership import controlled_by
from gitops_lab.controllers.framework.times import now, stamp
from gitops_lab.controllers.framework.workers import (
    Context,
    Controller,
    is_namespace_terminating,
)
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import AlreadyExists, ApiError, NotFound
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    copied,
    is_terminating,
    name_of,
    namespace_of,
    uid_of,
)

_TOO_MANY = (
    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
)
_FORBIDDEN = "Not starting job because prior execution is running and concurrency policy is Forbid"


class CronJobController(Controller):
    """Starts a Job whenever a CronJob's time has come."""

    name = "cronjob-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._crons = context.informers.of("batch/v1", "CronJob")
        self._jobs = context.informers.of("batch/v1", "Job")
        self._written = Written()
        self._crons.subscribe(self._on_cron)
        self._jobs.subscribe(self._on_job)

    def sync(self, key: Key) -> None:
        """Bring the status up to date, start what is due, and come back at the next time."""
        one = self._crons.get(*key)
        if one is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        # Changed in place from here on, and written at the end.
        one = {**one, "status": copied(one.get("status") or {})}
        before = copied(one["status"])
        jobs = self._jobs.controlled(uid_of(one))
        for job in history.surplus(one, jobs):
            self._delete(one, job)
        try:
            self._account(one, jobs)
            if not is_terminating(one):
                self._start_due(key, one)
        finally:
            self._write(key, one, before)

    # -- what has become of earlier runs

    def _account(self, one: Object, jobs: list[Object]) -> None:
        status = one["status"]
        listed = {reference.get("uid") for reference in status.get("active") or []}
        for job in jobs:
            ended = history.outcome(job)
            if ended and uid_of(job) in listed:
                _set_active(status, history.without(status["active"], job))
                message = f"Saw completed job: {name_of(job)}, condition: {ended}"
                self.events.normal(one, "SawCompletedJob", message)
            elif not ended and uid_of(job) not in listed:
                message = f"Saw a job that the controller did not create or forgot: {name_of(job)}"
                self.events.warning(one, "UnexpectedJob", message)
        if success := history.last_success(status.get("lastSuccessfulTime"), jobs):
            status["lastSuccessfulTime"] = success
        self._forget_missing(one, {uid_of(job) for job in jobs})

    def _forget_missing(self, one: Object, known: set[str]) -> None:
        for reference in one["status"].get("active") or []:
            if reference.get("uid") in known:
                continue
            try:
                self.client.get("batch/v1", "Job", reference["name"], reference["namespace"])
            except NotFound:
                rest = [r for r in one["status"]["active"] if r is not reference]
                _set_active(one["status"], rest)
                message = f"Active job went missing: {reference['name']}"
                self.events.normal(one, "MissingJob", message)

    # -- the next run

    def _start_due(self, key: Key, one: Object) -> None:
        schedule = self._schedule(one)
        if schedule is None or one["spec"].get("suspend"):
            return
        moment = now()
        try:
            found = times.due(one, schedule, moment, within_deadline=True)
            if found.too_many:
                self.events.warning(one, "TooManyMissedTimes", _TOO_MANY)
            if found.time is not None:
                self._start(one, found.time, moment)
        finally:
            pause = times.seconds_to_next(one, schedule, moment)
            if pause is not None:
                self.enqueue_after(key, pause)

    def _schedule(self, one: Object) -> Schedule | None:
        zone, text = one["spec"].get("timeZone") or "", one["spec"]["schedule"]
        try:
            time_zone(zone)
        except ScheduleError as error:
            self.events.warning(one, "UnknownTimeZone", f'invalid timeZone: "{zone}": {error}')
            return None
        try:
            return parse(text, zone)
        except ScheduleError as error:
            message = f'unparseable schedule: "{text}" : {error}'
            self.events.warning(one, "UnparseableSchedule", message)
            return None

    def _start(self, one: Object, time: datetime, moment: datetime) -> None:
        status, spec = one["status"], one["spec"]
        active = status.get("active") or []
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and (moment - time).total_seconds() > int(deadline):
            when = format_datetime(time).replace("+0000", "UTC")
            self.events.warning(
                one, "MissSchedule", f"Missed scheduled time to start a job: {when}"
            )
            return
        is_listed = any(ref["name"] == times.job_name(one, time) for ref in active)
        if is_listed or status.get("lastScheduleTime") == stamp(time):
            return
        if active and spec.get("concurrencyPolicy") == "Forbid":
            self.events.normal(one, "JobAlreadyActive", _FORBIDDEN)
            return
        if spec.get("concurrencyPolicy") == "Replace":
            for reference in active:
                self._replace(one, reference)
        self._create(one, time)

    def _create(self, one: Object, time: datetime) -> None:
        wanted = times.make_job(one, time)
        try:
            job = self.client.create(wanted)
            self.events.normal(one, "SuccessfulCreate", f"Created job {name_of(job)}")
        except AlreadyExists:
            job = self.client.get("batch/v1", "Job", name_of(wanted), namespace_of(wanted))
            if not controlled_by(job, one):
                return
        except ApiError as error:
            if not is_namespace_terminating(error):
                self.events.warning(one, "FailedCreate", f"Error creating job: {error}")
            raise
        status = one["status"]
        status["active"] = [*history.without(status.get("active") or [], job), reference_to(job)]
        status["lastScheduleTime"] = stamp(time)
        self._written.note(key_of(one), self._jobs, job)

    def _replace(self, one: Object, reference: Object) -> None:
        try:
            job = self.client.get("batch/v1", "Job", reference["name"], reference["namespace"])
        except ApiError as error:
            self.events.warning(one, "FailedGet", f"Get job: {error}")
            raise
        self._delete(one, job)

    def _delete(self, one: Object, job: Object) -> None:
        try:
            self.client.delete("batch/v1", "Job", name_of(job), namespace_of(job))
        except ApiError as error:
            self.events.warning(one, "FailedDelete", f"Deleted job: {error}")
            raise
        status = one["status"]
        _set_active(status, history.without(status.get("active") or [], job))
        self.events.normal(one, "SuccessfulDelete", f"Deleted job {name_of(job)}")

    def _write(self, key: Key, one: Object, before: Object) -> None:
        if one["status"] != before:
            answer = self.client.update(one, subresource="status")
            self._written.note(key, self._crons, answer)

    # -- what wakes a CronJob

    def _on_cron(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "MODIFIED" and old is not None and _timing(old) != _timing(new):
            # What a new schedule would have started before it was there is not made up for.
            schedule = self._schedule(new)
            pause = times.seconds_to_next(new, schedule, now()) if schedule else None
            if pause is not None:
                self.enqueue_after(key_of(new), pause)
            return
        self.enqueue(key_of(new))

    def _on_job(self, kind: str, new: Object, old: Object | None) -> None:
        reference = controller_of(new)
        if reference is None or reference.get("kind") != "CronJob":
            return
        owner = self._crons.get(namespace_of(new), str(reference.get("name", "")))
        if owner is not None and uid_of(owner) == reference.get("uid"):
            if kind == "DELETED":
                self._written.gone(key_of(owner), self._jobs, new)
            self.enqueue(key_of(owner))


def _timing(one: Object) -> tuple[object, object]:
    return one["spec"].get("schedule"), one["spec"].get("timeZone")


def _set_active(status: Object, active: list[Object]) -> None:
    status.pop("active", None)
    if active:
        status["active"] = active
