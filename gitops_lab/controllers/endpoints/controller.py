"""Which Services to sync when; one sync writes the EndpointSlices and the Endpoints."""

from gitops_lab.controllers.endpoints import legacy, slices
from gitops_lab.controllers.endpoints.addresses import has_endpoints, selects
from gitops_lab.controllers.endpoints.trigger import TriggerTimes
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.pods import is_ready
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import (
    Object,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
)


class EndpointsController(Controller):
    """Keeps the endpoints of every Service that has a selector."""

    name = "endpoint-slice-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._services = context.informers.of("v1", "Service")
        self._pods = context.informers.of("v1", "Pod")
        self._slices = context.informers.of("discovery.k8s.io/v1", "EndpointSlice")
        self._endpoints = context.informers.of("v1", "Endpoints")
        self._written = Written()
        self._triggers = TriggerTimes()
        self._services.subscribe(self.enqueue_object)
        self._pods.subscribe(self._on_pod)
        self._slices.subscribe(self._on_slice)
        self._endpoints.subscribe(self._on_endpoints)

    def sync(self, key: Key) -> None:
        """Bring slices and Endpoints in line with the pods that are there now."""
        service = self._services.get(*key)
        if service is None:
            self._triggers.forget(key)
            self._remove(key)
            return
        if not has_endpoints(service):
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        pods = [
            pod
            for pod in self._pods.in_namespace(namespace_of(service))
            if selects(service, labels_of(pod))
        ]
        pods.sort(key=name_of)
        trigger = self._triggers.of(service, pods)
        self._write_slices(key, service, pods, trigger)
        self._write_endpoints(key, service, pods, trigger)

    def _write_slices(self, key: Key, service: Object, pods: list[Object], trigger: str) -> None:
        held = [
            one
            for one in self._slices.in_namespace(key[0])
            if labels_of(one).get(slices.SERVICE) == key[1]
            and slices.is_managed(one)
            and not is_terminating(one)
        ]
        writes = slices.plan(service, pods, sorted(held, key=name_of), trigger)
        try:
            for one in writes.create:
                self._written.note(key, self._slices, self.client.create(one))
            for one in writes.update:
                self._written.note(key, self._slices, self.client.update(one))
            for one in writes.delete:
                self._delete(one)
        except ApiError as error:
            self._tell(service, error)
            raise

    def _write_endpoints(self, key: Key, service: Object, pods: list[Object], trigger: str) -> None:
        held = self._endpoints.get(*key)
        wanted = legacy.plan(service, pods, held, trigger)
        if wanted is None:
            return
        answer = self.client.update(wanted) if held else self.client.create(wanted)
        self._written.note(key, self._endpoints, answer)

    def _tell(self, service: Object, error: ApiError) -> None:
        if error.reason in ("Conflict", "AlreadyExists", "Forbidden", "NotFound"):
            return
        message = (
            f"Error updating Endpoint Slices for Service "
            f"{namespace_of(service)}/{name_of(service)}: {error}"
        )
        self.events.warning(service, "FailedToUpdateEndpointSlices", message)

    def _delete(self, one: Object) -> None:
        try:
            self.client.delete(one["apiVersion"], one["kind"], name_of(one), namespace_of(one))
        except NotFound:
            return

    def _remove(self, key: Key) -> None:
        """The slices of a deleted Service are garbage collected; Endpoints have no owner."""
        held = self._endpoints.get(*key)
        if held and labels_of(held).get(legacy.MANAGER) == legacy.MANAGED_BY:
            self._delete(held)

    # -- what wakes a Service

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "MODIFIED" and old and _seen_by_services(old) == _seen_by_services(new):
            return
        for service in self._services.in_namespace(namespace_of(new)):
            if selects(service, labels_of(new)) or (old and selects(service, labels_of(old))):
                self.enqueue(key_of(service))

    def _on_slice(self, kind: str, new: Object, old: Object | None) -> None:
        """Someone deleted or changed a slice: put it right."""
        if slices.is_managed(new) or (old and slices.is_managed(old)):
            service = labels_of(old or new).get(slices.SERVICE)
            if service:
                self.enqueue((namespace_of(new), service))

    def _on_endpoints(self, kind: str, new: Object, old: Object | None) -> None:
        self.enqueue(key_of(new))


def _seen_by_services(pod: Object) -> tuple[object, ...]:
    """All of a pod that endpoints are made of."""
    status, spec = pod.get("status") or {}, pod["spec"]
    return (
        labels_of(pod),
        status.get("podIP"),
        status.get("podIPs"),
        status.get("phase") in ("Succeeded", "Failed"),
        is_ready(pod),
        is_terminating(pod),
        spec.get("nodeName"),
        spec.get("hostname"),
        spec.get("subdomain"),
    )
