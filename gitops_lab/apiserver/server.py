"""The API server as a whole: start order, address, stop order."""

import asyncio
import secrets

from gitops_lab.apiserver import metrics
from gitops_lab.apiserver.bootstrap import bootstrap
from gitops_lab.apiserver.config import ServerConfig
from gitops_lab.apiserver.crds.service import CustomResources
from gitops_lab.apiserver.housekeeping import Housekeeping
from gitops_lab.apiserver.http.app import Application
from gitops_lab.apiserver.http.auth import Authenticator
from gitops_lab.apiserver.http.fixed import FixedPaths
from gitops_lab.apiserver.http.serving import QuietServer, make_server
from gitops_lab.apiserver.internal import Internal
from gitops_lab.apiserver.rbac.policy import install
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Store
from gitops_lab.apiserver.strategy.services import CLUSTER_IPS
from gitops_lab.apiserver.types.registry import Registry

DATABASE = "state.db"
_SIGNING_KEY = "service-account-key"
_NAMES = (
    "localhost",
    "127.0.0.1",
    "[::1]",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    str(CLUSTER_IPS[1]),
)


class ApiServer:
    """A Kubernetes API over HTTPS, in the running event loop."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._store: Store | None = None
        self._server: QuietServer | None = None
        self._customs: CustomResources | None = None
        self._housekeeping: Housekeeping | None = None
        self._api: Api | None = None
        self.url = ""

    async def start(self) -> None:
        """Load the state, listen, make what every cluster has. After it `url` answers.

        Raises OSError when the port is taken or the folder can't be written, sqlite3.Error when
        the state can't be read.
        """
        store = Store(self._config.data_dir / DATABASE)
        registry = Registry.builtin()
        for resource in metrics.resources():
            registry.add(resource)
        api = Api(self._config, store, registry)
        api.authenticator = Authenticator(self._config.tokens, _signing_key(store), store)
        await store.start()
        self._store, self._api = store, api
        if api.audit is not None:
            api.audit.start()
        internal = Internal(api)
        for entry in api.builtin("", "v1", "services").collection:
            api.addresses.take(entry.parsed())
        self._customs = CustomResources(store, registry, internal.delete_all)
        self._customs.start()
        api.authorizer.start()
        await install(api)
        self._housekeeping = Housekeeping(store)
        self._housekeeping.start()
        try:
            await self._listen(api, internal)
        except BaseException:
            await self.stop()
            raise

    async def _listen(self, api: Api, internal: Internal) -> None:
        config = self._config
        hosts: set[str] = set()
        gate = _Gate()
        self._server = make_server(
            gate, config.host, config.port, (config.cert_file, config.key_file)
        )
        port = await self._server.begin()
        for name in {*_NAMES, config.host}:
            hosts |= {name, f"{name}:{port}"}
        address = f"{config.host}:{port}"
        gate.open(Application(api, FixedPaths(api.registry, address), frozenset(hosts)))
        await bootstrap(internal, config.host, port)
        self.url = f"https://{address}"

    @property
    def open_streams(self) -> int:
        """How many watches are being served."""
        return len(self._api.hub) if self._api is not None else 0

    async def stop(self) -> None:
        """End streams, finish requests, flush the store."""
        if self._api is not None:
            self._api.hub.close_all()
        if self._server is not None:
            await self._server.end()
            self._server = None
        if self._customs is not None:
            await self._customs.stop()
            self._customs = None
        if self._housekeeping is not None:
            await self._housekeeping.stop()
            self._housekeeping = None
        if self._store is not None:
            await self._store.stop()
            self._store = None
            if self._api is not None and self._api.audit is not None:
                await asyncio.to_thread(self._api.audit.stop)


class _Gate:
    """Stands in for the application until the port, which it needs to know, is known."""

    def __init__(self) -> None:
        self._application: Application | None = None

    def open(self, application: Application) -> None:
        """From now on pass requests on."""
        self._application = application

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Serve one request."""
        assert self._application is not None
        await self._application(scope, receive, send)  # type: ignore[arg-type]


def _signing_key(store: Store) -> bytes:
    """The key of ServiceAccount tokens; kept, so that tokens outlive a restart."""
    found = store.database.meta(_SIGNING_KEY)
    if found is None:
        found = secrets.token_hex(32)
        store.database.set_meta(_SIGNING_KEY, found)
    return bytes.fromhex(found)
