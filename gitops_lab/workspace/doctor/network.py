"""Loopback addresses and ports, names, proxies."""

import contextlib
import re
import socket
import threading
from urllib.parse import urlsplit, urlunsplit

from gitops_lab.lab.load import bundled_folders
from gitops_lab.workspace.doctor.model import EVERY, Finding, Level, Machine, ok

_LOCAL = ("127.0.0.1", "localhost")
_SECONDS = 3.0
_OUTSIDE = "kind.sigs.k8s.io"
_NODE_PORT = re.compile(rb"nodePort:\s*(\d+)")


def check_loopback(machine: Machine) -> Finding:
    """A port of 127.0.0.1 can be opened and reached; whether pods have addresses of their own."""
    try:
        _talk_to_myself("127.0.0.1")
    except OSError as error:
        return Finding(
            "loopback",
            Level.FAIL,
            f"127.0.0.1 can't be used: {error}",
            "Bring the loopback interface up, and let local connections through the firewall.",
        )
    try:
        _talk_to_myself("127.96.0.1")
    except OSError:
        return ok("loopback", "127.0.0.1 alone: each port of a pod is allocated")
    return ok("loopback", "127.0.0.0/8: each pod has an address of its own")


def _talk_to_myself(address: str) -> None:
    with socket.socket() as server:
        server.settimeout(_SECONDS)
        server.bind((address, 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=_SECONDS):
            server.accept()[0].close()


def check_ports(machine: Machine) -> Finding:
    """The ports at which the labs' apps answer are free."""
    ports = lab_ports()
    taken = [port for port in ports if not _free(port)]
    if taken:
        words = ", ".join(map(str, taken))
        return Finding(
            "ports",
            Level.WARN,
            f"taken on 127.0.0.1: {words} (by a workspace that runs, or by something else)",
            "Nothing needs doing on the embedded cluster, which takes other ports; "
            "`gitops-lab open` knows them. For kind, end what listens there.",
        )
    return ok("ports", f"free on 127.0.0.1: {', '.join(map(str, ports))}")


def lab_ports() -> list[int]:
    """The NodePorts in the seeds of the course's labs."""
    files = (f for lab in bundled_folders() for f in (lab / "seed").rglob("*") if f.is_file())
    return sorted({int(port) for file in files for port in _NODE_PORT.findall(file.read_bytes())})


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_dns(machine: Machine) -> Finding:
    """localhost is this machine, and names outside resolve: images are fetched by name."""
    local = _resolve("localhost")
    if local and not any(address.startswith("127.") or address == "::1" for address in local):
        return Finding(
            "dns",
            Level.FAIL,
            f"localhost is {', '.join(local)}",
            "Let /etc/hosts have the line `127.0.0.1 localhost`.",
        )
    if _resolve(_OUTSIDE):
        return ok("dns", f"{_OUTSIDE} resolves", ("kind", "existing"))
    return Finding(
        "dns",
        Level.WARN,
        f"{_OUTSIDE} does not resolve within {_SECONDS:.0f} s: images can't be fetched",
        "Without internet, bring the images along: `gitops-lab bundle load FILE`.",
        ("kind", "existing"),
    )


def _resolve(name: str) -> list[str]:
    """The addresses of a name; none when there is no answer in time. A lookup can't be cut off,
    so it runs on a thread that may be left behind."""
    found: list[str] = []

    def look_up() -> None:
        with contextlib.suppress(OSError):
            found.extend(sorted({str(row[4][0]) for row in socket.getaddrinfo(name, None)}))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return list(found)


def check_proxies(machine: Machine) -> Finding:
    """Where a proxy is set, what is on this machine has to go past it."""
    environment = {key.lower(): value for key, value in machine.environment.items()}
    proxies = {
        key: without_password(environment[key])
        for key in ("http_proxy", "https_proxy", "all_proxy")
        if environment.get(key)
    }
    if not proxies:
        return ok("proxies", "no proxy is set")
    seen = ", ".join(f"{key}={value}" for key, value in proxies.items())
    passed = {word.strip() for word in environment.get("no_proxy", "").split(",")}
    if "*" in passed or passed.issuperset(_LOCAL):
        return ok("proxies", f"{seen}, and past it: {environment['no_proxy']}")
    return Finding(
        "proxies",
        Level.WARN,
        f"{seen}, and NO_PROXY does not name this machine",
        'In your shell\'s profile: `export NO_PROXY="127.0.0.0/8,127.0.0.1,localhost,$NO_PROXY" '
        'no_proxy="$NO_PROXY"`. Without it kubectl and curl may ask the proxy for your cluster.',
        EVERY,
    )


def without_password(url: str) -> str:
    """A URL as it may be shown."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = parts.netloc.rpartition("@")[2]
    hidden = f"…@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=hidden))
