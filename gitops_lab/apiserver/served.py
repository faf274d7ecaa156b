"""What the verbs work with: the store, the registry, and each resource's own room in both."""

import secrets
from dataclasses import dataclass

from gitops_lab.apiserver.audit import AuditLog
from gitops_lab.apiserver.config import ServerConfig
from gitops_lab.apiserver.conversion import Conversion, collection_of, conversion_of
from gitops_lab.apiserver.http.auth import Authenticator
from gitops_lab.apiserver.proxy.trust import Trust
from gitops_lab.apiserver.rbac import Authorizer
from gitops_lab.apiserver.selectors.fields import SELECTABLE, fields_reader
from gitops_lab.apiserver.store import Collection, Entry, Key, Store
from gitops_lab.apiserver.store.entry import FieldsOf
from gitops_lab.apiserver.strategy import Strategy, strategy_for
from gitops_lab.apiserver.strategy.services import ServiceAddresses
from gitops_lab.apiserver.types.registry import Registry, Resource
from gitops_lab.apiserver.watch.hub import Hub
from gitops_lab.kube.objects import Object


@dataclass(frozen=True)
class Served:
    """A resource with its collection, rules, selectable fields and conversion."""

    resource: Resource
    collection: Collection
    strategy: Strategy
    selectable: dict[str, str]
    fields_of: FieldsOf
    conversion: Conversion | None

    def key(self, namespace: str | None, name: str) -> Key:
        """Where an object of it is stored."""
        return Key(self.collection.name, namespace or "", name)

    def whole(self, entry: Entry) -> Object:
        """A stored object with its kind and apiVersion; a fresh dict."""
        body = entry.parsed()
        if self.conversion is not None:
            body = self.conversion.outward(body)
        return {"kind": self.resource.kind, "apiVersion": self.resource.api_version, **body}


class Api:
    """The shared state of all requests; belongs to the event loop's thread."""

    def __init__(self, config: ServerConfig, store: Store, registry: Registry) -> None:
        self.config = config
        self.store = store
        self.registry = registry
        self.addresses = ServiceAddresses()
        self.hub = Hub()
        self.authenticator = Authenticator(config.tokens, secrets.token_bytes(32), store)
        self.authorizer = Authorizer(store)
        self.trust = Trust(str(config.ca_file))
        self.audit = AuditLog(config.audit_file) if config.audit_file else None
        self._served: dict[tuple[str, str, str], Served] = {}

    def served(self, resource: Resource) -> Served:
        """The resource's room, made again when a CRD has changed the resource."""
        path = (resource.group, resource.version, resource.plural)
        found = self._served.get(path)
        if found is None or found.resource is not resource:
            found = self._served[path] = self._serve(resource)
        return found

    def _serve(self, resource: Resource) -> Served:
        selectable = dict(SELECTABLE.get(collection_of(resource), {}))
        selectable |= {path.lstrip("."): "" for path in resource.selectable_fields}
        return Served(
            resource,
            self.store.collection(collection_of(resource)),
            strategy_for(resource, self.addresses),
            selectable,
            fields_reader(selectable),
            conversion_of(resource),
        )

    def builtin(self, group: str, version: str, plural: str) -> Served:
        """The room of a built-in resource, which must exist."""
        resource = self.registry.lookup(group, version, plural)
        assert resource is not None
        return self.served(resource)
