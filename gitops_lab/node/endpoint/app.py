"""Who may ask, and which of the endpoint's actions a request wants."""

import hmac

from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.node.endpoint.asgi import Refused, Request, refuse
from gitops_lab.node.endpoint.attach import attach
from gitops_lab.node.endpoint.execute import execute, refuse_execution
from gitops_lab.node.endpoint.logs import logs
from gitops_lab.node.endpoint.portforward import port_forward
from gitops_lab.node.endpoint.stats import PATH, stats
from gitops_lab.node.machine import Machine
from gitops_lab.node.metering import Meter
from gitops_lab.node.pods.container import Container
from gitops_lab.node.pods.manager import PodManager
from gitops_lab.node.pods.worker import PodWorker
from gitops_lab.node.simulated import explanation


class EndpointApp:
    """The ASGI application."""

    def __init__(self, machine: Machine, pods: PodManager) -> None:
        self._machine, self._pods = machine, pods
        self._meter = Meter(pods.processes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            self._check(scope)
            if (scope["type"], scope["path"]) == ("http", PATH):
                await stats(scope, self._machine.config.names, self._meter, send)
            else:
                await self._dispatch(scope, receive, send)
        except Refused as refused:
            if scope["type"] == "websocket":
                await receive()  # websocket.connect comes first
            await refuse(scope, send, refused)

    def _check(self, scope: Scope) -> None:
        wanted = f"Bearer {self._machine.config.kubelet_token}".encode()
        given = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
        if not self._machine.config.kubelet_token or not hmac.compare_digest(given, wanted):
            raise Refused(401, "Unauthorized")

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope)
        worker = self._worker(request)
        match scope["type"], request.action:
            case "http", "containerLogs":
                await logs(request, worker, _container(worker, request), receive, send)
            case "websocket", "portForward":
                await port_forward(scope, request, worker.context.place, receive, send)
            case "websocket", "exec":
                launcher = self._machine.launcher
                run = _container(worker, request).current
                if run is None:
                    raise Refused(500, f'container not found ("{request.container}")')
                if run.invocation.simulated:
                    why = explanation(request.container, run.spec["image"])
                    await refuse_execution(scope, why, receive, send)
                    return
                await execute(scope, request, run, launcher, receive, send)
            case "websocket", "attach":
                await attach(scope, request, _container(worker, request), receive, send)
            case _:
                raise Refused(404, f"no such action here: {request.action}")

    def _worker(self, request: Request) -> PodWorker:
        worker = self._pods.find(request.namespace, request.pod)
        if worker is None:
            raise Refused(404, f'pod "{request.pod}" does not exist on this node')
        return worker


def _container(worker: PodWorker, request: Request) -> Container:
    found = (c for c in worker.containers if c.name == request.container)
    container = next(found, None)
    if container is None:
        message = f"container {request.container} is not valid for pod {request.pod}"
        raise Refused(400, message)
    return container
