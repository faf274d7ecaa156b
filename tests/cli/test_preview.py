"""The page that an author sees while writing."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.cli.preview import page, serve
from gitops_lab.lab.scaffold import scaffold


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    scaffold(tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def server(lab: Path) -> Iterator[http.client.HTTPConnection]:
    serving = serve(lab, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield http.client.HTTPConnection("127.0.0.1", serving.server_address[1], timeout=10)
    serving.shutdown()
    serving.server_close()


def test_the_page_shows_the_text_with_parameters(server: http.client.HTTPConnection):
    server.request("GET", "/")
    text = server.getresponse().read().decode()

    assert "<h2>Change the message</h2>" in text
    assert "message: Fresh bread at seven" in text
    assert 'id="problems"' not in text


def test_a_saved_change_reaches_the_open_page(lab: Path, server: http.client.HTTPConnection):
    server.request("GET", "/changes")
    answer = server.getresponse()
    assert answer.readline() == b": hello\n"
    (lab / "README.md").write_text("# Anew\n")

    line = answer.readline()
    while not line.startswith(b"data:"):
        line = answer.readline()
    assert "Anew" in page(lab)


def test_problems_stand_on_top_and_a_lab_that_is_broken_is_still_shown(lab: Path):
    (lab / "lab.yaml").write_text("title: [\n")

    shown = page(lab)

    assert "lab.yaml:" in shown
    assert "Change the message" in shown


def test_text_of_a_lab_runs_no_script(lab: Path):
    (lab / "README.md").write_text("# x\n\n<script>alert(1)</script>\n")

    assert "<script>alert" not in page(lab)


def test_another_site_can_not_read_it(server: http.client.HTTPConnection):
    server.request("GET", "/", headers={"Host": "evil.example:80"})

    assert server.getresponse().status == 403
