"""exec, attach and port-forward, by the real kubectl and as older clients ask."""

import asyncio
import hashlib
import re
import ssl
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.asyncio.client import connect

from tests.node.cluster import KUBELET_TOKEN, Space, shell, web
from tests.waiting import eventually

IDLE = shell("sleep 600")


@pytest.fixture
def idle(space: Space) -> Space:
    space.pod(containers=[IDLE], terminationGracePeriodSeconds=0)
    space.until_ready()
    return space


def test_exec_tells_output_errors_and_the_exit_code(idle: Space) -> None:
    answer = idle.kubectl(
        "exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3", check=False
    )
    assert (answer.returncode, answer.stdout) == (3, "out\n")
    assert "err\n" in answer.stderr


def test_exec_reads_standard_input_to_its_end(idle: Space) -> None:
    text = "x" * 300_000
    assert (
        idle.kubectl("exec", "-i", "web", "--", "wc", "-c", input=text).stdout.strip() == "300000"
    )


def test_exec_of_a_missing_program_is_an_error(idle: Space) -> None:
    answer = idle.kubectl("exec", "web", "--", "no-such-program", check=False)
    assert answer.returncode != 0
    assert 'exec: "no-such-program": executable file not found in $PATH' in answer.stderr


def test_exec_with_a_terminal(idle: Space) -> None:
    # `script` gives kubectl a terminal of its own.
    command = " ".join(
        idle.kubectl_command(
            "exec",
            "-it",
            "web",
            "--",
            "sh",
            "-c",
            '\'tty; while test "$(stty size)" = "0 0"; do :; done; stty size\'',
        )
    )
    answer = subprocess.run(
        ["script", "-qec", f"stty rows 33 cols 99; {command}", "/dev/null"],
        env=idle.kubectl_environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert re.search(r"/dev/pts/\d+\s[\s\S]*33 99", answer.stdout)


def test_copying_a_file_into_a_pod_and_back(idle: Space, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "there").write_bytes(content)
    idle.kubectl("cp", str(tmp_path / "there"), "web:file")
    idle.kubectl("cp", "web:file", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content


def test_attach_shows_what_is_written_and_gives_what_is_typed(space: Space) -> None:
    space.pod(containers=[shell("read line; echo got $line", stdin=True)], restartPolicy="Never")
    eventually(lambda: "running" in space.container()["state"])
    answer = space.kubectl("attach", "-i", "web", input="hello\n")
    assert "got hello" in answer.stdout


def test_a_container_may_have_a_terminal_of_its_own(space: Space) -> None:
    space.pod(
        containers=[shell("tty; read line; echo got $line", stdin=True, tty=True)],
        restartPolicy="Never",
    )
    eventually(lambda: "/dev/pts/" in space.kubectl("logs", "web").stdout)
    space.kubectl("attach", "-i", "web", input="hello\n")
    eventually(lambda: "got hello" in space.kubectl("logs", "web").stdout)


class Forward:
    """A running `kubectl port-forward`."""

    def __init__(self, space: Space, target: str, port: int) -> None:
        command = space.kubectl_command("port-forward", target, f":{port}")
        self.process = subprocess.Popen(
            command,
            env=space.kubectl_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = re.search(r"127\.0\.0\.1:(\d+)", line)
        if match is None:
            raise AssertionError(self.process.communicate(timeout=5)[1])
        self.port = int(match[1])

    def get(self, path: str) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def __enter__(self) -> "Forward":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=5)


def test_port_forward_to_a_pod(each_space: Space) -> None:
    each_space.pod(containers=[web()])
    each_space.until_ready()
    with Forward(each_space, "pod/web", 8080) as forward, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(forward.get, ["/api/info"] * 12))
    assert all(b'"version": "1.0"' in answer for answer in answers)


FILE_SERVER = """
import http.server, os
os.chdir(os.environ["GITOPS_LAB_MOUNT_ROOT"])
address = os.environ["POD_IP"], int(os.environ.get("PORT_8080", 8080))
http.server.ThreadingHTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def test_large_downloads_in_parallel_come_through_port_forward_whole(space: Space) -> None:
    container = {
        **shell(""),
        "command": ["python3", "-c", FILE_SERVER],
        "args": [],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"tcpSocket": {"port": 8080}},
        "env": [{"name": "PATH", "value": space.kubectl_environment()["PATH"]}],
    }
    space.pod(containers=[container], terminationGracePeriodSeconds=0)
    space.until_ready()
    make = "head -c 5000000 /dev/urandom > big; sha1sum big"
    wanted = space.kubectl("exec", "web", "--", "sh", "-c", make).stdout.split()[0]
    with Forward(space, "pod/web", 8080) as forward, ThreadPoolExecutor(4) as pool:
        files = list(pool.map(forward.get, ["/big"] * 4))
    assert {hashlib.sha1(file).hexdigest() for file in files} == {wanted}


def test_port_forward_to_a_closed_port_tells_it(idle: Space) -> None:
    with Forward(idle, "pod/web", 9) as forward:
        with pytest.raises((OSError, HTTPException)):
            forward.get("/")
        forward.process.terminate()
        assert "refused" in forward.process.communicate(timeout=5)[1]


def endpoint(space: Space) -> tuple[str, ssl.SSLContext]:
    node = space.client.get("v1", "Node", "gitops-lab-node")
    port = node["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    certificate = space.cluster.server.config().cert_file
    return f"127.0.0.1:{port}", ssl.create_default_context(cafile=str(certificate))


def test_older_clients_forward_ports_by_channels(space: Space) -> None:
    space.pod(containers=[web()])
    space.until_ready()
    asyncio.run(forward_by_channels(space))


async def forward_by_channels(space: Space) -> None:
    address, tls = endpoint(space)
    async with connect(
        f"wss://{address}/portForward/{space.name}/web?ports=8080",
        ssl=tls,
        subprotocols=["v4.channel.k8s.io"],  # type: ignore[list-item]
        additional_headers={"Authorization": f"Bearer {KUBELET_TOKEN}"},
        proxy=None,
    ) as socket:
        assert await socket.recv() == b"\x00" + struct.pack("<H", 8080)
        assert await socket.recv() == b"\x01" + struct.pack("<H", 8080)
        await socket.send(b"\x00GET /healthz HTTP/1.0\r\n\r\n")
        assert b"200 OK" in await socket.recv()


def test_the_nodes_endpoint_answers_nobody_without_the_token(space: Space) -> None:
    address, tls = endpoint(space)
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"https://{address}/containerLogs/{space.name}/web/web"), context=tls)
    with refused.value as answer:
        assert answer.code == 401
