"""Which Service a request goes to, by the rules of Ingresses. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gitops_lab.kube.objects import Object, name_of, namespace_of

Port = int | str  # a Service's port, by number or name


@dataclass(frozen=True)
class Route:
    """One path of one host ("" for any). `ingress` is its namespace and name."""

    ingress: tuple[str, str]
    host: str
    path: str
    exact: bool
    service: str
    port: Port

    @property
    def namespace(self) -> str:
        """That of the Ingress, and so of the Service."""
        return self.ingress[0]


def routes_of(ingress: Object) -> Iterator[Route]:
    """Every path with a Service behind it; the default backend is for what no rule names."""
    name, spec = (namespace_of(ingress), name_of(ingress)), ingress.get("spec") or {}
    for rule in spec.get("rules") or []:
        for path in (rule.get("http") or {}).get("paths") or []:
            exact = path.get("pathType") == "Exact"
            where = (name, rule.get("host") or "", path.get("path") or "/", exact)
            yield from _to(where, path.get("backend") or {})
    yield from _to((name, "", "", False), spec.get("defaultBackend") or {})


def _to(where: tuple[tuple[str, str], str, str, bool], backend: Object) -> Iterator[Route]:
    service = backend.get("service") or {}
    port = service.get("port") or {}
    number = port.get("number") or port.get("name")
    if service.get("name") and number:
        yield Route(*where, service["name"], number)


def chosen(routes: Iterable[Route], host: str, path: str) -> Route | None:
    """The route of a request: a named host before a wildcard before none, an exact path before a
    longer prefix before a shorter one; of equals the one whose Ingress comes first by name.
    """
    fitting = (each for each in routes if _has_host(each, host) and _has_path(each, path))
    return min(fitting, key=_rank, default=None)


def _rank(route: Route) -> tuple[int, bool, int, tuple[str, str]]:
    wildcard = route.host.startswith("*.")
    host = 2 if not route.host else 1 if wildcard else 0
    return host, not route.exact, -len(route.path), route.ingress


def _has_host(route: Route, host: str) -> bool:
    if route.host.startswith("*."):
        return host.partition(".")[2] == route.host[2:]  # a star stands for one label
    return route.host in ("", host)


def _has_path(route: Route, path: str) -> bool:
    """A prefix is one of whole elements: /shop is not of /shopping."""
    if route.exact:
        return path == route.path
    prefix = route.path.rstrip("/")
    return path == prefix or path.startswith(f"{prefix}/")
