"""One machine: its event loop in a thread of its own, and everything that runs on it."""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import uvloop

from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import uid_of
from gitops_lab.node import claims
from gitops_lab.node.addresses import Addresses, only_one_loopback
from gitops_lab.node.binder import Binder
from gitops_lab.node.config import NodeConfig
from gitops_lab.node.endpoint.server import Endpoint
from gitops_lab.node.events import Recorder
from gitops_lab.node.images import Images
from gitops_lab.node.ingress.router import IngressRouter
from gitops_lab.node.machine import Api, Machine
from gitops_lab.node.pods.manager import PodManager
from gitops_lab.node.processes import Launcher
from gitops_lab.node.proxy.services import ServiceProxy
from gitops_lab.node.registration import register, renew_leases
from gitops_lab.node.sources import SourceStore
from gitops_lab.node.storage import Storage

log = logging.getLogger(__name__)

_STOP_GRACE_SECONDS = 1.0
_REGISTER_AGAIN_SECONDS = 0.5
_SINGLE = "GITOPS_LAB_SINGLE_LOOPBACK"


class Node:
    """Runs the pods of a cluster on this machine: kubelet, scheduler and kube-proxy in one."""

    def __init__(self, client: Client, config: NodeConfig) -> None:
        self._client = client
        self._config = config
        self._thread = threading.Thread(target=self._run, name="node", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event

    def start(self) -> None:
        """Begin; returns when the nodes are registered, or after ten seconds."""
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        """End all pods' processes and everything else of this machine; objects stay."""
        if self._loop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=_STOP_GRACE_SECONDS + 5)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main())
        except Exception:
            log.exception("the node has ended")
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        running = _Running(self._client, self._config, self._loop)
        try:
            work = asyncio.create_task(running.start(self._ready))
            stop = asyncio.create_task(self._stop.wait())
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
                await stop
            work.cancel()
        finally:
            await running.stop()


class _Running:
    """The parts of a node that is up."""

    def __init__(self, client: Client, config: NodeConfig, loop: asyncio.AbstractEventLoop) -> None:
        single = config.single_loopback or os.environ.get(_SINGLE) == "1" or only_one_loopback()
        config.root.mkdir(parents=True, exist_ok=True)
        self._loop = loop
        self._machine = Machine(
            config=config,
            api=Api(client),
            images=Images(config.images),
            launcher=Launcher(),
            addresses=Addresses(single),
            recorder=Recorder(client, config.name),
            sources=SourceStore(client, self._source_changed),
            storage=Storage(config.root / "volumes"),
        )
        self._pods = PodManager(self._machine)
        self._proxy = ServiceProxy(self._machine)
        self._ingresses = IngressRouter(self._machine, self._proxy)
        self._machine.services_of = self._proxy.variables
        self._endpoint = Endpoint(self._machine, self._pods)
        self._binder = Binder(
            self._machine, self._own_nodes, self._bound_pods, lambda p: self._pods.seen("ADDED", p)
        )
        self._pod_informer = self._informer("v1", "Pod", self._pod_seen)
        self._node_informer = self._informer("v1", "Node", self._node_seen)
        self._informers = [
            self._informer("v1", "Service", self._service_seen),
            self._informer("discovery.k8s.io/v1", "EndpointSlice", self._slice_seen),
            self._informer("networking.k8s.io/v1", "IngressClass", self._class_seen),
            self._informer("networking.k8s.io/v1", "Ingress", self._ingress_seen),
            self._informer("v1", "PersistentVolume", self._volume_seen),
            self._node_informer,
            self._pod_informer,
        ]
        self._leases: asyncio.Task[None] | None = None

    async def start(self, ready: threading.Event) -> None:
        machine = self._machine
        machine.recorder.start()
        self._pods.end_leftovers()
        machine.launcher.open()
        await self._endpoint.start()
        await self._register()
        ready.set()
        self._leases = asyncio.create_task(renew_leases(machine))
        await self._ingresses.make_class()
        for informer in self._informers:
            informer.start()
        if await asyncio.to_thread(self._pod_informer.wait_synced):
            self._pods.forget_all_but(self._pod_informer.items())

    async def stop(self) -> None:
        if self._leases is not None:
            self._leases.cancel()
            await asyncio.to_thread(self._stop_informers)
        self._proxy.close()
        self._ingresses.close()
        await self._pods.stop(_STOP_GRACE_SECONDS)
        await self._endpoint.stop()
        self._machine.launcher.close()
        self._machine.api.close()
        await asyncio.to_thread(self._machine.recorder.stop)

    def _stop_informers(self) -> None:
        for informer in self._informers:
            informer.stop()
        self._machine.sources.stop()

    async def _register(self) -> None:
        while True:
            try:
                await register(self._machine, self._endpoint.port)
                return
            except ApiError as error:
                log.warning("registering the node: %s", error)
                await asyncio.sleep(_REGISTER_AGAIN_SECONDS)

    # -- news, brought from the informers' threads to the loop

    def _informer(
        self, api_version: str, kind: str, seen: Callable[[str, Object, Object | None], None]
    ) -> Informer:
        def on_event(event: str, new: Object, old: Object | None) -> None:
            self._post(seen, event, new, old)

        return Informer(self._machine.api.client, api_version, kind, on_event=on_event)

    def _post(self, work: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._guarded, work, *arguments)

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception:
            log.exception("news of an object were not understood")

    def _pod_seen(self, event: str, pod: Object, old: Object | None) -> None:
        if event == "MODIFIED" and old is not None and uid_of(old) != uid_of(pod):
            self._pod_seen("DELETED", old, None)
        self._binder.seen(event, pod)
        if event == "DELETED" or pod["spec"].get("nodeName") in self._machine.config.names:
            self._pods.seen(event, pod)

    def _node_seen(self, _event: str, _node: Object, _old: Object | None) -> None:
        self._binder.look_again()

    def _service_seen(self, event: str, service: Object, _old: Object | None) -> None:
        self._proxy.service_seen(event, service)

    def _slice_seen(self, event: str, part: Object, _old: Object | None) -> None:
        self._proxy.slice_seen(event, part)

    def _class_seen(self, event: str, found: Object, _old: Object | None) -> None:
        self._ingresses.class_seen(event, found)

    def _ingress_seen(self, event: str, ingress: Object, _old: Object | None) -> None:
        self._ingresses.ingress_seen(event, ingress)

    def _volume_seen(self, event: str, volume: Object, _old: Object | None) -> None:
        if event == "DELETED":
            self._machine.storage.volume_deleted(volume)

    def _source_changed(self, kind: str, namespace: str, name: str) -> None:
        self._post(self._pods.source_changed, kind, namespace, name)
        if kind == claims.KIND:
            self._post(self._binder.look_again)

    def _own_nodes(self) -> list[Object]:
        names = self._machine.config.names
        return [n for n in self._node_informer.items() if n["metadata"]["name"] in names]

    def _bound_pods(self) -> list[Object]:
        return [p for p in self._pod_informer.items() if p["spec"].get("nodeName")]
