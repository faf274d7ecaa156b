"""A killed server forgets nothing that it acknowledged."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.apiserver.raw import config_map
from tests.apiserver.servers import TOKEN, write_certificate

KILLS = 3
WRITES = 120
SERVER = """
import asyncio, json, sys
from pathlib import Path
from gitops_lab.apiserver import ApiServer, ServerConfig, User

async def main(folder):
    server = ApiServer(ServerConfig(
        data_dir=folder / "data", cert_file=folder / "tls.crt", key_file=folder / "tls.key",
        ca_file=folder / "tls.crt", tokens={"%s": User("admin", ("system:masters",))},
    ))
    await server.start()
    print(json.dumps(server.url), flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


@dataclass
class Spawned:
    """A server in a process of its own, and one connection to it."""

    process: subprocess.Popen[str]
    connection: http.client.HTTPSConnection

    @classmethod
    def of(cls, folder: Path) -> "Spawned":
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER % TOKEN, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        address = urlsplit(json.loads(process.stdout.readline()))
        context = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        return cls(
            process,
            http.client.HTTPSConnection(
                address.hostname or "", address.port, context=context, timeout=10
            ),
        )

    def ask(self, method: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        path = "/api/v1/namespaces/default/configmaps"
        self.connection.request(method, path, content, headers)
        return json.loads(self.connection.getresponse().read())

    def end(self) -> None:
        self.process.wait(10)
        self.connection.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


def write_until_dead(server: Spawned, prefix: str) -> dict[str, int]:
    """Creates objects while the server is killed; those that were acknowledged, with versions."""
    acknowledged: dict[str, int] = {}
    for number in range(WRITES):
        if number == WRITES - 20:
            # Dies somewhere within the writes that follow.
            os.kill(server.process.pid, signal.SIGKILL)
        try:
            made = server.ask("POST", config_map(f"{prefix}-{number}"))
        except (OSError, http.client.HTTPException, ValueError):
            break
        acknowledged[made["metadata"]["name"]] = int(made["metadata"]["resourceVersion"])
    return acknowledged


def test_acknowledged_writes_survive_kill_and_versions_never_go_back(tmp_path: Path) -> None:
    write_certificate(tmp_path)
    acknowledged: dict[str, int] = {}
    for round_number in range(KILLS):
        server = Spawned.of(tmp_path)
        listed = server.ask("GET")
        found = {
            each["metadata"]["name"]: int(each["metadata"]["resourceVersion"])
            for each in listed["items"]
        }
        assert acknowledged.items() <= found.items()
        assert int(listed["metadata"]["resourceVersion"]) >= max(acknowledged.values(), default=0)
        acknowledged |= write_until_dead(server, f"round-{round_number}")
        server.end()
    assert len(acknowledged) >= KILLS * (WRITES - 20)
