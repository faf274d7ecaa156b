"""A killed server forgets nothing that it acknowledged."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import ApiError
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


def spawn(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER % TOKEN, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_acknowledged_writes_survive_kill_and_versions_never_go_back(tmp_path: Path) -> None:
    write_certificate(tmp_path)
    acknowledged: dict[str, int] = {}
    newest = 0
    for round_number in range(KILLS):
        process, url = spawn(tmp_path)
        client = Client(url, token=TOKEN, ca_file=str(tmp_path / "tls.crt"))
        listed = client.list("v1", "ConfigMap", "default")
        found = {each["metadata"]["name"]: each for each in listed.items}
        assert int(listed.resource_version) >= newest
        for name, version in acknowledged.items():
            assert int(found[name]["metadata"]["resourceVersion"]) == version
        for number in range(WRITES):
            name = f"r{round_number}-{number}"
            obj = {**config_map(name), "metadata": {"name": name, "namespace": "default"}}
            if number == WRITES - 20:
                # Ends somewhere within the writes that follow.
                os.kill(process.pid, signal.SIGKILL)
            try:
                made = client.create(obj)
            except ApiError:
                break
            acknowledged[name] = int(made["metadata"]["resourceVersion"])
            newest = max(newest, acknowledged[name])
        process.wait(10)
        client.close()
        if process.stdout is not None:
            process.stdout.close()
    assert len(acknowledged) >= KILLS * (WRITES - 20)
