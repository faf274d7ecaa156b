"""Ports of a pod's containers, which share one address."""

from collections.abc import Iterable, Iterator
from typing import Any

Fields = dict[str, Any]
Containers = Iterable[tuple[str, Fields]]  # each with its path
_PARTS = ("name", "hostPort", "containerPort", "protocol", "hostIP")


def ports(containers: Containers) -> Iterator[str]:
    """Ports that are there twice, as far as that can be told."""
    seen: dict[tuple[int, str], list[tuple[str, Fields]]] = {}
    for path, container in containers:
        for at, port in enumerate(container.get("ports") or []):
            where = f"{path}.ports[{at}]"
            if port.get("hostIP") and not port.get("hostPort"):
                yield f"{where}: hostIP set without hostPort: {_shown(port)}"
            key = port.get("containerPort", 0), port.get("protocol", "")
            before = seen.setdefault(key, [])
            for other, known in before:
                word = _relation(port, known)
                if word:
                    yield f"{where}: {word} port definition with {other}"
            before.append((where, port))


def _relation(port: Fields, other: Fields) -> str:
    host, others = port.get("hostPort", 0), other.get("hostPort", 0)
    address, another = port.get("hostIP", ""), other.get("hostIP", "")
    if (host, address) == (others, another):
        return "duplicate"
    if not host or not others:
        return "overlapping"
    return "dangerously ambiguous" if host == others and bool(address) != bool(another) else ""


def _shown(port: Fields) -> str:
    """A port as Go prints the struct."""
    texts = {name: port.get(name, 0 if name.endswith("Port") else "") for name in _PARTS}
    inside = " ".join(f"{name[0].upper()}{name[1:]}:{value}" for name, value in texts.items())
    return f"{{{inside}}}"


def port_names(containers: Containers) -> Iterator[str]:
    """Names of ports that two containers have."""
    seen: dict[str, str] = {}
    for path, container in containers:
        for at, port in enumerate(container.get("ports") or []):
            name, where = port.get("name"), f"{path}.ports[{at}]"
            if not name:
                continue
            if name in seen:
                yield (
                    f'{where}: duplicate port name "{name}" with {seen[name]}, services and '
                    f"probes that select ports by name will use {seen[name]}"
                )
            else:
                seen[name] = where
