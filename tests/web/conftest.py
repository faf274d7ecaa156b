"""One workspace with its page, and a browser to look at it, for all tests of the page."""

import http.client
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gitops_lab.kube import Client
from tests.browser import chromium
from tests.cli.driver import CommandLine

__all__ = ["chromium"]

LAB = Path(__file__).resolve().parents[2] / "labs" / "02-first-sync"
GIT = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str


@dataclass
class Running:
    """A lab that runs, and its page."""

    line: CommandLine
    link: str

    @property
    def clone(self) -> Path:
        return self.line.place / "gitops-lab" / "first-sync" / "web"

    @property
    def port(self) -> int:
        return urlsplit(self.link).port or 0

    @property
    def base(self) -> str:
        return urlsplit(self.link).path.rstrip("/")

    @property
    def cluster(self) -> Client:
        path = self.line.home / "workspaces" / "first-sync" / "kubeconfig"
        return Client.from_kubeconfig(path)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> Answer:
        """One request, as plain as it gets; `path` is below the page's own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{self.base}{path}", body, sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        connection.close()
        return answer

    def enter(self) -> str:
        """The cookie that the opened link is changed for."""
        answer = self.ask(f"/?{urlsplit(self.link).query}")
        assert answer.status == 303
        return str(answer.headers["Set-Cookie"]).split(";")[0]

    def push(self, subject: str, text: str) -> str:
        """A commit by plain git; its sha."""
        file = self.clone / "deploy" / "configmap.yaml"
        lines = [
            f"  message: {text}" if line.strip().startswith("message:") else line
            for line in file.read_text().splitlines()
        ]
        file.write_text("\n".join(lines) + "\n")
        for words in (["commit", "-qam", subject], ["push", "-q"]):
            subprocess.run([*GIT, *words], cwd=self.clone, check=True, timeout=20)
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.clone, check=True, capture_output=True, text=True
        )
        return told.stdout.strip()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    line = CommandLine(tmp_path_factory.mktemp("page"))
    try:
        line.fine("start", str(LAB), "--yes")
        yield Running(line, line.fine("open", "--print", "--json").document["page"])
    finally:
        line.down()


@pytest.fixture
def open_page(chromium: Any, running: Running) -> Iterator[Callable[..., Any]]:
    """Opens the page in a fresh browser profile; fails the test for anything in the console."""
    complaints: list[str] = []
    contexts = []

    def opened(**options: Any) -> Any:
        live = options.pop("live", True)
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.goto(running.link)
        if live:
            page.wait_for_selector("#line:has-text('live')")
        opened.complaints = complaints  # type: ignore[attr-defined]
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
