"""A killed server forgets nothing that it acknowledged.

GITOPS_LAB_KILLS tells how often it is killed, GITOPS_LAB_SEED when: a failure shows both.
"""

import http.client
import json
import os
import random
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.apiserver.raw import config_map
from tests.apiserver.servers import TOKEN, write_certificate

KILLS = int(os.environ.get("GITOPS_LAB_KILLS", "20"))
SEED = int(os.environ.get("GITOPS_LAB_SEED", "0")) or random.randrange(1 << 30)
WRITERS = 4
LATEST_KILL = 0.4  # seconds after the writers begin
PATH = "/api/v1/namespaces/default/configmaps"
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
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    address: tuple[str, int]
    tls: ssl.SSLContext

    @classmethod
    def of(cls, folder: Path) -> "Spawned":
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER % TOKEN, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        url = urlsplit(json.loads(process.stdout.readline()))
        tls = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        return cls(process, (url.hostname or "", url.port or 0), tls)

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(*self.address, context=self.tls, timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


def ask(connection: http.client.HTTPSConnection, method: str, path: str, body: Any = None) -> bytes:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    return connection.getresponse().read()


@dataclass
class Writer:
    """Counts up in one object and makes others, until nobody answers any more."""

    name: str
    count: int = 0
    version: int = 0
    made: dict[str, int] = field(default_factory=dict)

    def run(self, server: Spawned) -> None:
        connection = server.connect()
        try:
            while True:
                self._write(connection)
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()

    def _write(self, connection: http.client.HTTPSConnection) -> None:
        following = config_map(self.name, count=str(self.count + 1))
        method, path = ("PUT", f"{PATH}/{self.name}") if self.count else ("POST", PATH)
        answer = json.loads(ask(connection, method, path, following))
        assert answer["kind"] == "ConfigMap", answer
        self.count += 1
        self.version = int(answer["metadata"]["resourceVersion"])
        other = f"{self.name}-{self.count}"
        answer = json.loads(ask(connection, "POST", PATH, config_map(other)))
        if answer.get("reason") != "AlreadyExists":  # made just before the last death
            self.made[other] = int(answer["metadata"]["resourceVersion"])


def check(server: Spawned, writers: list[Writer]) -> int:
    """All that was acknowledged is there; the version of the list."""
    connection = server.connect()
    listed = json.loads(ask(connection, "GET", PATH))
    connection.close()
    found = {each["metadata"]["name"]: each for each in listed["items"]}
    versions = {name: int(each["metadata"]["resourceVersion"]) for name, each in found.items()}
    revision = int(listed["metadata"]["resourceVersion"])
    for writer in writers:
        assert writer.made.items() <= versions.items()
        if writer.count:
            count = int(found[writer.name]["data"]["count"])
            # One more may have been stored, its answer lost.
            assert count - writer.count in (0, 1)
            assert versions[writer.name] >= writer.version
            writer.count = count
        assert revision >= max([writer.version, *writer.made.values()])
    return revision


def watched(server: Spawned, since: int) -> list[int]:
    """The versions that a watcher sees which resumes; none if it has to list again."""
    connection = server.connect()
    lines = ask(
        connection, "GET", f"{PATH}?watch=true&timeoutSeconds=1&resourceVersion={since}"
    ).splitlines()
    connection.close()
    events = [json.loads(line) for line in lines]
    if events and events[0]["type"] == "ERROR":
        assert events[0]["object"]["code"] == 410
        return []
    return [int(each["object"]["metadata"]["resourceVersion"]) for each in events]


def test_acknowledged_writes_survive_kill_and_versions_never_go_back(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    write_certificate(tmp_path)
    writers = [Writer(f"counter-{number}") for number in range(WRITERS)]
    revision = 0
    for number in range(KILLS):
        told = f"kill {number} of {KILLS}, seed {SEED}"
        server = Spawned.of(tmp_path)
        try:
            now = check(server, writers)
            assert now >= revision, told
            revision = now
            threads = [threading.Thread(target=each.run, args=[server]) for each in writers]
            for thread in threads:
                thread.start()
            time.sleep(moments.uniform(0.01, LATEST_KILL))
        finally:
            server.kill()
        for thread in threads:
            thread.join(10)
    server = Spawned.of(tmp_path)
    try:
        assert check(server, writers) >= revision
        seen = watched(server, revision)
        assert seen == sorted(set(seen))
        assert all(version > revision for version in seen)
        assert sum(writer.count for writer in writers) > KILLS
    finally:
        server.kill()
