"""Starts API servers for tests: in a thread with an event loop of its own, with a CA of its own."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitops_lab.apiserver import ApiServer, ServerConfig, User
from gitops_lab.kube.client import Client

TOKEN = "test-token"
ADMIN = User("admin", ("system:masters", "system:authenticated"))
GUEST = User("guest", ("system:authenticated",))


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, which is its own CA: (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gitops-lab test")])
    now = datetime.now(UTC)
    names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "tls.crt", folder / "tls.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: main
  cluster: {{server: "{url}", certificate-authority: "{ca}"}}
users:
- name: admin
  user: {{token: {token}}}
contexts:
- name: main
  context: {{cluster: main, user: admin, namespace: default}}
current-context: main
"""


@dataclass
class RunningServer:
    """An API server in a thread."""

    folder: Path
    kubelet_token: str = ""
    port: int = 0
    accounts: bool = False
    url: str = ""
    _thread: threading.Thread | None = None
    _server: ApiServer | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> "RunningServer":
        """Bring it up; raises what its start raised."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "tls.crt").exists():
            write_certificate(self.folder)
        started = threading.Event()
        problems: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(started, problems), daemon=True)
        self._thread.start()
        assert started.wait(20)
        if problems:
            raise problems[0]
        return self

    def _run(self, started: threading.Event, problems: list[BaseException]) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(started, problems))

    async def _serve(self, started: threading.Event, problems: list[BaseException]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = ApiServer(self.config())
        try:
            await server.start()
        except BaseException as error:
            problems.append(error)
            started.set()
            return
        self.url, self._server = server.url, server
        started.set()
        await self._stop.wait()
        await server.stop()

    def config(self) -> ServerConfig:
        cert, key = self.folder / "tls.crt", self.folder / "tls.key"
        return ServerConfig(
            data_dir=self.folder / "data",
            cert_file=cert,
            key_file=key,
            ca_file=cert,
            tokens={TOKEN: ADMIN, "guest-token": GUEST},
            port=self.port,
            kubelet_token=self.kubelet_token,
            audit_file=self.folder / "audit.log",
            admits_accounts=self.accounts,
        )

    def stop(self) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(20)
            self._thread = None

    def watchers(self) -> int:
        assert self._server is not None
        return self._server.open_streams

    def client(self, token: str = TOKEN) -> Client:
        return Client(self.url, token=token, ca_file=str(self.folder / "tls.crt"))

    @property
    def kubeconfig(self) -> Path:
        path = self.folder / "kubeconfig"
        path.write_text(KUBECONFIG.format(url=self.url, ca=self.folder / "tls.crt", token=TOKEN))
        return path
