"""The shop as three processes that find each other as pods do."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.samples import catalog
from tests.waiting import eventually


class Part:
    """One running part, and a client of it."""

    def __init__(self, name: str, **environment: str) -> None:
        image = catalog()[f"gitops-lab/shop-{name}:1.0"]
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        injected = {"POD_IP": "127.0.0.1", "PORT_8080": str(self.port), "HOSTNAME": f"{name}-0"}
        settings = {**image.environment, **injected, "DRAIN_SECONDS": "0", **environment}
        self.process = subprocess.Popen(image.command, env=settings, stdout=subprocess.PIPE)
        eventually(lambda: self.ask("/healthz")[0] == 200, interval=0.005)

    def ask(self, path: str, body: str | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET" if body is None else "POST", path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            raise LookupError(str(error)) from error
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        return json.loads(self.ask(path)[1])

    def service(self, name: str) -> dict[str, str]:
        """What Kubernetes tells other pods about this part's Service."""
        return {f"{name}_SERVICE_HOST": "127.0.0.1", f"{name}_SERVICE_PORT": str(self.port)}

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=10)[0].decode()
        return self.process.returncode, said


@pytest.fixture
def parts() -> Iterator[list[Part]]:
    running: list[Part] = []
    yield running
    for part in running:
        part.process.kill()
        part.process.communicate(timeout=5)


def open_shop(parts: list[Part], folder: Path) -> Part:
    (folder / "data").mkdir(exist_ok=True)
    store = Part("store", GITOPS_LAB_MOUNT_ROOT=str(folder))
    api = Part("api", **store.service("SHOP_STORE"))
    web = Part("web", **api.service("SHOP_API"))
    parts += [store, api, web]
    return web


def test_an_order_goes_from_the_page_to_the_volume(parts: list[Part], tmp_path: Path) -> None:
    web = open_shop(parts, tmp_path)
    assert "0 orders, 0.00" in web.ask("/")[1]
    assert web.ask("/order", "item=bread")[0] == 303
    assert "1 orders, 2.50" in web.ask("/")[1]
    kept = (tmp_path / "data" / "orders.jsonl").read_text()
    assert json.loads(kept) == {"number": 1, "item": "bread", "cents": 250}
    info = web.json("/api/info")
    assert (info["pod"], info["api"]["pod"], info["api"]["store"]["orders"]) == (
        "web-0",
        "api-0",
        1,
    )


def test_orders_outlive_the_store(parts: list[Part], tmp_path: Path) -> None:
    open_shop(parts, tmp_path).ask("/order", "item=apple")
    code, said = parts[0].end()
    assert (code, said.splitlines()[-2:]) == (0, ["draining", "bye"])
    again = Part("store", GITOPS_LAB_MOUNT_ROOT=str(tmp_path))
    parts.append(again)
    assert [order["item"] for order in again.json("/orders")] == ["apple"]


def test_the_page_says_which_service_is_missing(parts: list[Part], tmp_path: Path) -> None:
    web = open_shop(parts, tmp_path)
    parts[0].end()
    assert "shop-store does not answer" in web.ask("/")[1]
    assert web.ask("/api/info")[0] == 502


@pytest.mark.parametrize(
    ("body", "code"), [('{"item": "gold"}', 404), ("{}", 400), ("[]", 400), ("nonsense", 400)]
)
def test_what_is_no_order_is_refused(
    parts: list[Part], tmp_path: Path, body: str, code: int
) -> None:
    open_shop(parts, tmp_path)
    assert parts[1].ask("/api/orders", body)[0] == code
    assert parts[1].json("/api/orders") == {"orders": [], "total": 0}


def test_a_store_without_a_volume_says_so(parts: list[Part], tmp_path: Path) -> None:
    store = Part("store", GITOPS_LAB_MOUNT_ROOT=str(tmp_path / "none"))
    parts.append(store)
    code, text = store.ask("/orders", '{"item": "apple"}')
    assert (code, json.loads(text)["error"]) == (
        507,
        f"the order can't be kept: {os.strerror(2)}",
    )
