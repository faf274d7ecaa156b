"""Values that are read, but should be written otherwise: addresses, networks, node labels."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types.quantity import QuantityError, parse_quantity
from gitops_lab.apiserver.validation.addresses import network_form, read_network, without_zeros

_FINE = re.compile(r"[num]$|[eE]-|\.")  # only such an amount can have a fraction
NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": (
        'deprecated since v1.17; use "topology.kubernetes.io/region" instead'
    ),
    "failure-domain.beta.kubernetes.io/zone": (
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
    ),
    "beta.kubernetes.io/instance-type": (
        'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'
    ),
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": (
        "deprecated since v1.22; use Taints and Tolerations instead"
    ),
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}


def address(path: str, value: str) -> Iterator[str]:
    """An IP address that is not written in the one usual way."""
    sloppy = without_zeros(value)
    try:
        found = ipaddress.ip_address(sloppy)
    except ValueError:
        return
    mapped = found.ipv4_mapped if found.version == 6 else None
    if sloppy != value or mapped is not None:
        usual = mapped or found
        yield f'{path}: non-standard IP address "{value}" is invalid: use "{usual}"'
    elif found.version == 6 and str(found) != value:
        yield (f'{path}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{found}")')


def network(path: str, value: str) -> Iterator[str]:
    """A CIDR block that is ambiguous, or not written in the one usual way."""
    found = read_network(value)
    if found is None:
        return
    clear = True
    if found.ip != found.network.network_address:
        clear, alone = False, f"{found.ip}/{found.max_prefixlen}"
        yield (
            f'{path}: CIDR value "{value}" is ambiguous in this context '
            f'(should be "{found.network}" or "{alone}"?)'
        )
    if network_form(value).startswith(("must not have leading", "must not have an IPv4")):
        yield f'{path}: non-standard CIDR value "{value}" is invalid: use "{found.network}"'
    elif clear and found.version == 6 and str(found) != value:
        yield (
            f'{path}: IPv6 CIDR value "{value}" should be in RFC 5952 canonical format ("{found}")'
        )


def fraction(path: str, amounts: dict[str, Any] | None, *names: str) -> Iterator[str]:
    """Amounts of bytes that are no whole number."""
    for name in names:
        amount = (amounts or {}).get(name)
        if isinstance(amount, str) and _FINE.search(amount) and _has_fraction(amount):
            yield (
                f'{path}[{name}]: fractional byte value "{amount}" is invalid, must be an integer'
            )


def _has_fraction(amount: str) -> bool:
    try:
        value = parse_quantity(amount).value
    except QuantityError:
        return False
    return value != value.to_integral_value()


def node_terms(path: str, terms: list[dict[str, Any]] | None) -> Iterator[str]:
    """Expressions about labels that nodes have no more; a path's `{}` is the term's place."""
    for at, term in enumerate(terms or []):
        for place, expression in enumerate(term.get("matchExpressions") or []):
            key = expression.get("key")
            if key in NODE_LABELS:
                where = f"{path.format(at)}.matchExpressions[{place}].key"
                yield f"{where}: {key} is {NODE_LABELS[key]}"
