"""The controller of ApplicationSets: Applications come, change and go as the generators say."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from gitops_lab.dialects.argocd.cluster_secrets import SELECTOR, make_secrets
from gitops_lab.dialects.argocd.clusters import Clusters, NoCluster
from gitops_lab.dialects.argocd.seams import (
    NAMESPACE,
    DefaultSettings,
    Runs,
    Settings,
    Shared,
)
from gitops_lab.dialects.argocd.sets import rollout
from gitops_lab.dialects.argocd.sets import status as statuses
from gitops_lab.dialects.argocd.sets.applications import (
    API_VERSION,
    FINALIZER,
    KIND,
    SET_KIND,
    applications,
    duplicate,
)
from gitops_lab.dialects.argocd.sets.errors import (
    CREATING,
    DELETING,
    UPDATING,
    VALIDATION,
    SetError,
)
from gitops_lab.dialects.argocd.sets.generators import generate, requeue
from gitops_lab.dialects.argocd.sets.outside import Outside
from gitops_lab.dialects.argocd.sets.params import Filler
from gitops_lab.dialects.argocd.sets.policy import (
    Steps,
    controller_of,
    policy_of,
    steps,
    without_owner,
)
from gitops_lab.dialects.controller import Controller, spec_changed
from gitops_lab.dialects.dialect import World
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.recorder import About, Recorder
from gitops_lab.kube import MERGE_PATCH, Client, Informer, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import annotations_of, labels_of, name_of, namespace_of, uid_of

log = logging.getLogger(__name__)
REFRESH = "argocd.argoproj.io/application-set-refresh"
MANAGER = "argocd-applicationset-controller"
COMPONENT = "applicationset-controller"
_AFTER_ERROR = 180.0
_BETWEEN_DELETIONS = 10.0
"""Seconds until the next look at one that goes before others; its end is seen at once."""
_PARTS = ("sourceHydrator", "summary")
"""Of a status: Argo CD writes whole objects, with parts that are empty."""
_NO_PROGRESS: Mapping[str, Any] = {"applicationStatus": None}


def part(shared: Shared) -> Runs:
    """The controller, as a part of the dialect."""
    return ApplicationSets(shared.world, shared.clusters, settings=shared.settings)


class ApplicationSets:
    """Follows ApplicationSets, their Applications and the cluster Secrets."""

    def __init__(
        self,
        world: World,
        clusters: Clusters,
        namespace: str = NAMESPACE,
        settings: Settings | None = None,
    ) -> None:
        self._world = world
        self._settings = settings or DefaultSettings()
        self._clusters = clusters
        self._recorder = Recorder(world.home)
        self._client: Client = world.home
        self._namespace = namespace
        self._sets = Controller(
            self._client, API_VERSION, SET_KIND, self.reconcile, name="argocd-sets", wants=_wants
        )
        self._apps = Informer(self._client, API_VERSION, KIND, on_event=self._app_changed)
        self._secrets = Informer(
            self._client,
            "v1",
            "Secret",
            namespace,
            label_selector=SELECTOR,
            on_event=lambda event, new, old: self._all(),
        )

    def start(self) -> None:
        """Begin; returns when the Applications that are there are known."""
        make_secrets(self._world, self._namespace)
        self._recorder.start()
        self._apps.start()
        self._secrets.start()
        self._apps.wait_synced(30)
        self._sets.start()

    def stop(self) -> None:
        """End."""
        self._sets.stop()
        self._apps.stop()
        self._secrets.stop()
        self._recorder.stop()

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push may give other parameters."""
        self._all()

    def idle(self) -> bool:
        """Whether nothing is worked on."""
        return self._sets.idle()

    def reconcile(self, obj: Object) -> float | None:
        """Bring the Applications of one ApplicationSet to where they should be."""
        try:
            return self._reconcile(obj)
        except NotFound:
            log.debug("ApplicationSet %s is gone", name_of(obj))
            return None

    def _reconcile(self, obj: Object) -> float | None:
        if namespace_of(obj) != self._namespace:
            log.info("ApplicationSets are served in the namespace %s only", self._namespace)
            return None
        if "deletionTimestamp" in obj["metadata"]:
            return self._leave(obj)
        spec: Mapping[str, Any] = obj.get("spec") or {}
        rolling = rollout.is_rolling(spec) and self._settings.progressive
        if rolling:  # its state is in the status, of which the one at hand may be old
            obj = self._client.get(API_VERSION, SET_KIND, name_of(obj), namespace_of(obj))
        error: SetError | None = None
        generated = False
        before = self._resources(obj)
        progress = _NO_PROGRESS
        try:
            wanted = self._wanted(obj)
            generated = True
            valid, error = self._checked(obj, wanted)
            if rolling:
                valid, progress = self._rolled(obj, wanted, valid)
            names = {name_of(app) for app in wanted}
            todo = steps(obj, valid, self._all_apps(), policy_of(spec))
            delete = tuple(name for name in todo.delete if name not in names)
            self._carry_out(obj, replace(todo, delete=delete))
        except SetError as problem:
            log.info("ApplicationSet %s: %s", name_of(obj), problem.message)
            error = problem
        self._publish(obj, error, {**before, **progress}, generated=generated)
        self._forget_refresh(obj)
        pause = requeue(spec.get("generators") or [])
        return min(pause or _AFTER_ERROR, _AFTER_ERROR) if error else pause

    def _rolled(
        self, obj: Object, wanted: Sequence[Object], valid: Sequence[Object]
    ) -> tuple[list[Object], dict[str, Any]]:
        """The valid ones as their step has it, and what the status says of it."""
        steps = rollout.steps_of(obj.get("spec") or {})
        state = rollout.Rollout(steps, wanted, self._mine(obj), stamp(now()))
        rows = state.rows((obj.get("status") or {}).get("applicationStatus") or ())
        told = {"applicationStatus": rows or None, statuses.ROLLOUT: state.condition(rows)}
        return (state.ordered(valid, rows) if steps else list(valid)), told

    def _wanted(self, obj: Object) -> list[Object]:
        spec: Mapping[str, Any] = obj.get("spec") or {}
        filler = Filler(bool(spec.get("goTemplate")), tuple(spec.get("goTemplateOptions") or ()))
        outside = Outside(self._world, self._namespace)
        generated = generate(spec.get("generators") or [], filler, outside)
        return applications(obj, generated, filler)

    def _checked(
        self, obj: Object, wanted: Sequence[Object]
    ) -> tuple[list[Object], SetError | None]:
        """The Applications that are valid, and what is wrong with the others.

        Where two have one name, neither counts. Only the last problem is told whole.
        """
        problems: dict[str, str] = {}
        seen: set[str] = set()
        has_project = lru_cache(self._has_project)
        for app in wanted:
            name = name_of(app)
            if name in seen:
                problems[name] = duplicate(name_of(obj), name)
            elif problem := self._problem(app, has_project):
                problems[name] = problem
            seen.add(name)
        if not problems:
            return list(wanted), None
        text = problems[max(problems)]
        if len(problems) > 1:
            text = f"{text} (and {len(problems) - 1} more)"
        valid = [app for app in wanted if name_of(app) not in problems]
        return valid, SetError(text, reason=VALIDATION)

    def _problem(self, app: Object, has_project: Callable[[str], bool]) -> str:
        """Why an Application may not be made, "" when it may."""
        spec: Mapping[str, Any] = app["spec"] or {}
        project = str(spec.get("project") or "default")
        if not has_project(project):
            return f"application references project {project} which does not exist"
        asked: Mapping[str, Any] = spec.get("destination") or {}
        try:
            self._clusters.find(str(asked.get("server") or ""), str(asked.get("name") or ""))
        except NoCluster as error:
            return f"application destination spec is invalid: {error}"
        return ""

    def _has_project(self, name: str) -> bool:
        try:
            self._client.get(API_VERSION, "AppProject", name, self._namespace)
        except NotFound:
            return False
        return True

    def _all_apps(self) -> list[Object]:
        """The Applications as they are now: the informer's may be a moment old."""
        return self._client.list(API_VERSION, KIND, self._namespace).items

    def _carry_out(self, obj: Object, todo: Steps) -> None:
        for app in todo.create:
            made = {**app, "status": {name: {} for name in _PARTS}}
            _tell(CREATING, partial(self._client.create, made, field_manager=MANAGER))
            self._event(obj, "created", f'created Application "{name_of(app)}"')
        for app, patch in todo.update:
            _tell(UPDATING, partial(self._patch, app, patch))
            self._event(obj, "updated", f'updated Application "{name_of(app)}"')
        for name in todo.delete:
            _tell(DELETING, partial(self._delete, name))
            self._event(obj, "Deleted", f'Deleted Application "{name}"')

    def _event(self, obj: Object, reason: str, message: str) -> None:
        about = About(
            API_VERSION, SET_KIND, namespace_of(obj), name_of(obj), uid_of(obj), COMPONENT
        )
        self._recorder.record(about, "Normal", reason, message)

    def _patch(self, app: Object, patch: Mapping[str, Any]) -> None:
        self._client.patch(app, dict(patch), content_type=MERGE_PATCH, field_manager=MANAGER)

    def _delete(self, name: str) -> None:
        try:
            self._client.delete(API_VERSION, KIND, name, self._namespace)
        except NotFound:
            log.debug("Application %s is gone already", name)

    def _publish(
        self, obj: Object, error: SetError | None, resources: Mapping[str, Any], *, generated: bool
    ) -> None:
        old = obj.get("status") or {}
        found = statuses.conditions(old.get("conditions"), error, generated=generated)
        rest = dict(resources)
        found = statuses.with_rollout(found, rest.pop(statuses.ROLLOUT, None))
        spec = obj.get("spec") or {}
        ignored = statuses.unsupported(spec, progressive=self._settings.progressive)
        found = statuses.with_unsupported(found, ignored)
        self._write(obj, {"conditions": found, **rest})

    def _resources(self, obj: Object) -> dict[str, Any]:
        """The Applications as they are when a pass begins, as Argo CD tells them: what the pass
        makes, and how they are synced then, is told by the next one.
        """
        found = statuses.resources(self._mine(obj))
        return {"resources": found or None, "resourcesCount": len(found) or None}

    def _mine(self, obj: Object) -> list[Object]:
        return [app for app in self._all_apps() if controller_of(app) == obj["metadata"]["uid"]]

    def _write(self, obj: Object, status: Mapping[str, Any]) -> None:
        if {key: (obj.get("status") or {}).get(key) for key in status} == status:
            return
        self._client.patch(
            obj,
            {"status": dict(status)},
            content_type=MERGE_PATCH,
            subresource="status",
            field_manager=MANAGER,
        )

    def _leave(self, obj: Object) -> float | None:
        """An ApplicationSet goes: its Applications go with it, unless its policy keeps them."""
        uid = obj["metadata"]["uid"]
        if FINALIZER not in (obj["metadata"].get("finalizers") or ()):
            return None
        if not policy_of(obj.get("spec") or {}).deletes:
            for app in self._all_apps():
                if controller_of(app) == uid:
                    self._patch(app, without_owner(app, uid))
        if self._settings.progressive and rollout.is_backwards(obj.get("spec") or {}):
            steps = rollout.steps_of(obj["spec"])
            if names := rollout.backwards(steps, self._mine(obj)):
                self._delete(names[0])
                return _BETWEEN_DELETIONS
        rest = [one for one in obj["metadata"]["finalizers"] if one != FINALIZER]
        self._client.patch(obj, {"metadata": {"finalizers": rest or None}})
        return None

    def _forget_refresh(self, obj: Object) -> None:
        if REFRESH in annotations_of(obj):
            self._client.patch(obj, {"metadata": {"annotations": {REFRESH: None}}})

    def _app_changed(self, event: str, new: Object, old: Object | None) -> None:
        """An Application of a set was changed by somebody, or is gone."""
        uid = controller_of(new)
        changed = old is not None and _differs(new, old, states=self._settings.progressive)
        if not uid or not (changed or event == "DELETED"):
            return
        for one in self._sets.items():
            if one["metadata"].get("uid") == uid:
                self._sets.trigger(namespace_of(one), name_of(one))

    def _all(self) -> None:
        for one in self._sets.items():
            self._sets.trigger(namespace_of(one), name_of(one))


def _wants(new: Object, old: Object | None) -> bool:
    """A refresh that was done is no reason to look again."""
    if old is not None and REFRESH in annotations_of(old) and REFRESH not in annotations_of(new):
        kept = {key: one for key, one in annotations_of(old).items() if key != REFRESH}
        old = {**old, "metadata": {**old["metadata"], "annotations": kept}}
        annotations = dict(annotations_of(new))
        new = {**new, "metadata": {**new["metadata"], "annotations": annotations}}
    return spec_changed(new, old)


def _differs(new: Object, old: Object, *, states: bool) -> bool:
    """Whether a set's controller has to look. At states only where it syncs step by step: else it
    tells them at the next pass.
    """
    marks = [
        (one.get("spec"), labels_of(one), annotations_of(one), one["metadata"].get("finalizers"))
        for one in (new, old)
    ]
    return marks[0] != marks[1] or (states and rollout.state_of(new) != rollout.state_of(old))


def _tell(reason: str, write: Callable[[], object]) -> None:
    """Do a write. Raises SetError with this reason."""
    try:
        write()
    except ApiError as error:
        raise SetError(error.message, reason=reason) from error
