"""The genuine kube-apiserver with etcd, on loopback, out of the cache that scripts/oracle fills."""

import os
import secrets
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.waiting import eventually

SCRIPT = Path(__file__).parents[2] / "scripts" / "oracle"
BUILD = "scripts/oracle build"
NEEDED = ("etcd", "kube-apiserver")


@dataclass(frozen=True)
class Endpoint:
    """Where a server is and how to speak to it as an administrator."""

    url: str
    token: str
    ca_file: Path


def missing() -> str:
    """Why the genuine server can't be started; "" when it can."""
    found = programs()
    absent = [name for name in NEEDED if not found[name].exists()]
    return f"{' and '.join(absent)} not built: run `{BUILD}`" if absent else ""


def programs() -> dict[str, Path]:
    """Program name -> path in the cache, whether or not it is there."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "paths"], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    return {name: Path(path) for name, path, *_ in rows}


def find_go() -> str:
    """A Go that is new enough; "" when there is none."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "go"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


@contextmanager
def genuine_server(folder: Path, *, accounts: bool = False) -> Iterator[Endpoint]:
    """Both processes, ready; ended with the context.

    `accounts`: pods need a ServiceAccount; without controllers, somebody else has to make them.
    """
    paths = programs()
    store, peer, secure = free_ports(3)
    token = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        stack.enter_context(
            _running(_etcd(paths["etcd"], folder, store, peer), folder / "etcd.log")
        )
        command = _apiserver(paths["kube-apiserver"], folder, (store, secure), token)
        if not accounts:
            command.append("--disable-admission-plugins=ServiceAccount")
        process = stack.enter_context(_running(command, folder / "kube-apiserver.log"))
        found = Endpoint(f"https://127.0.0.1:{secure}", token, folder / "certs" / "apiserver.crt")
        eventually(lambda: _ready(found, process, folder), timeout=90, interval=0.2)
        yield found


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _etcd(program: Path, folder: Path, port: int, peer: int) -> list[str]:
    client_url, peer_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        str(program),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=default={peer_url}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(program: Path, folder: Path, ports: tuple[int, int], token: str) -> list[str]:
    store, secure = ports
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{token},admin,admin,"system:masters"\n')
    key = _key(folder / "accounts.key")
    return [
        str(program),
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--cert-dir={folder / 'certs'}",
        f"--token-auth-file={tokens}",
        "--bind-address=127.0.0.1",
        f"--secure-port={secure}",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=127.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]


def _key(path: Path) -> Path:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem)
    return path


@contextmanager
def _running(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    # Only what the programs need: no proxy may stand between them.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(log.parent)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=log.parent
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(server: Endpoint, process: "subprocess.Popen[bytes]", folder: Path) -> bool:
    if process.poll() is not None:
        log = (folder / "kube-apiserver.log").read_text(errors="replace")
        raise RuntimeError(f"kube-apiserver ended with {process.returncode}:\n{log[-3000:]}")
    if not server.ca_file.exists():
        return False
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(server.ca_file))),
    )
    try:
        return bool(opener.open(f"{server.url}/readyz", timeout=5).status == 200)
    except OSError:
        return False
