"""Services, endpoints, ingresses and network policies."""

from collections.abc import Iterator

from gitops_lab.apiserver.tables.columns import (
    AGE,
    NAME,
    NONE,
    SELECTOR,
    UNSET,
    Cells,
    Object,
    Printer,
    age_of,
    columns,
    labels_text,
    name_of,
    part,
    selector_text,
    shortened,
)

DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def _service(obj: Object) -> Cells:
    spec = part(obj, "spec")
    internal = (spec.get("clusterIPs") or [NONE])[0]
    ports = ",".join(_port(each) for each in spec.get("ports") or []) or NONE
    shown = [spec.get("type", ""), internal, _external(obj, spec), ports, age_of(obj)]
    return [name_of(obj), *shown, labels_text(spec.get("selector"))]


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}"


def _external(obj: Object, spec: Object) -> str:
    outside = list(spec.get("externalIPs") or [])
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(outside) or NONE
        case "LoadBalancer":
            balanced = _balancers(obj)
            return ",".join([*balanced, *outside]) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return "<unknown>"


def _balancers(obj: Object) -> list[str]:
    them = part(obj, "status", "loadBalancer").get("ingress") or []
    found = {each.get("ip") or each.get("hostname") or "" for each in them}
    return sorted(found - {""})


def _endpoints(obj: Object) -> Cells:
    return [name_of(obj), shortened(_addresses(obj), 3, NONE), age_of(obj)]


def _addresses(obj: Object) -> Iterator[str]:
    for subset in obj.get("subsets") or []:
        hosts = [each["ip"] for each in subset.get("addresses") or []]
        ports = subset.get("ports") or []
        if not ports:
            yield from hosts
        for port in ports:
            yield from (_host_port(host, port["port"]) for host in hosts)


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _endpoint_slice(obj: Object) -> Cells:
    ports = [str(each.get("port") or each.get("name") or "*") for each in obj.get("ports") or []]
    them = [each.get("addresses") or [] for each in obj.get("endpoints") or []]
    addresses = [address for each in them for address in each]
    shown = [shortened(ports, 3, UNSET), shortened(addresses, 3, UNSET)]
    return [name_of(obj), obj.get("addressType", ""), *shown, age_of(obj)]


def _ingress(obj: Object) -> Cells:
    spec = part(obj, "spec")
    ports = "80, 443" if spec.get("tls") else "80"
    shown = [_hosts(spec.get("rules") or []), ",".join(_balancers(obj)), ports]
    return [name_of(obj), spec.get("ingressClassName", NONE), *shown, age_of(obj)]


def _hosts(rules: list[Object]) -> str:
    """The first three hosts; the count of the rest is of rules, as the real server has it."""
    hosts = [each["host"] for each in rules if each.get("host")]
    if len(hosts) > 3 or (len(hosts) == 3 and len(rules) > 3):
        return f"{','.join(hosts[:3])} + {len(rules) - 3} more..."
    return ",".join(hosts) or "*"


def _ingress_class(obj: Object) -> Cells:
    name, spec = name_of(obj), part(obj, "spec")
    if (part(obj, "metadata").get("annotations") or {}).get(DEFAULT_CLASS) == "true":
        name += " (default)"
    return [name, spec.get("controller", ""), _parameters(spec.get("parameters")), age_of(obj)]


def _parameters(reference: Object | None) -> str:
    if not reference:
        return NONE
    group = reference.get("apiGroup")
    kind = f"{reference['kind']}.{group}" if group else reference["kind"]
    return f"{kind}/{reference['name']}"


def _network_policy(obj: Object) -> Cells:
    return [name_of(obj), selector_text(part(obj, "spec").get("podSelector")), age_of(obj)]


PRINTERS = {
    ("", "Service"): Printer(
        columns(NAME, "Type", "Cluster-IP", "External-IP", "Port(s)", AGE, SELECTOR), _service
    ),
    ("", "Endpoints"): Printer(columns(NAME, "Endpoints", AGE), _endpoints),
    ("discovery.k8s.io", "EndpointSlice"): Printer(
        columns(NAME, "AddressType", "Ports", "Endpoints", AGE), _endpoint_slice
    ),
    ("networking.k8s.io", "Ingress"): Printer(
        columns(NAME, "Class", "Hosts", "Address", "Ports", AGE), _ingress
    ),
    ("networking.k8s.io", "IngressClass"): Printer(
        columns(NAME, "Controller", "Parameters", AGE), _ingress_class
    ),
    ("networking.k8s.io", "NetworkPolicy"): Printer(
        columns(NAME, "Pod-Selector", AGE), _network_policy
    ),
}
