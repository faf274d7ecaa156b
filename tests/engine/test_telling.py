"""Who is told what: webhooks, Slack, a note on the commit, and Prometheus."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab.git.notes import read, set_line
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


class Inbox:
    """A server that keeps what it is sent, and answers with `statuses` first."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        inbox = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = inbox.statuses.pop(0) if inbox.statuses else 200
                if status == 200:
                    inbox.got.append(json.loads(body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.server.shutdown()
    inbox.server.server_close()


def test_a_webhook_is_told_of_success_and_failure(world: World, inbox: Inbox) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(notifications=[{"url": inbox.url}])
    world.until_synced()
    sha = world.commit({"b.yaml": "a: ["})

    def failure() -> dict[str, Any]:
        return next(got for got in inbox.got if got["kind"] == "Warning")

    assert eventually(lambda: [g for g in inbox.got if g["kind"] == "Warning"])
    told = failure()
    assert (told["app"], told["reason"]) == (f"{world.namespace}/web", "InvalidYaml")
    assert told["revision"] == sha
    assert inbox.got[0]["reason"] == "Synced"


def test_slack_gets_a_line_and_only_of_what_was_asked_for(world: World, inbox: Inbox) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(notifications=[{"type": "slack", "url": inbox.url, "reasons": ["InvalidYaml"]}])
    world.until_synced()
    world.commit({"b.yaml": "a: ["})

    eventually(lambda: inbox.got)
    assert [list(got) for got in inbox.got] == [["text"]]
    assert inbox.got[0]["text"].startswith(f":warning: *{world.namespace}/web* InvalidYaml:")


def test_a_server_that_is_busy_is_asked_again(world: World, inbox: Inbox) -> None:
    inbox.statuses = [503]
    world.repo({"a.yaml": config_yaml("a")})
    world.app(notifications=[{"url": inbox.url, "reasons": ["Synced"]}])

    assert eventually(lambda: inbox.got)


def test_a_commit_bears_a_note_of_what_became_of_it(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.loop._notifier._repositories = world.repositories
    world.app(notifications=[{"type": "commitStatus"}])
    sha = world.until_synced().status.revision
    repository = world.repositories.path("web")

    name = f"{world.namespace}/web"
    eventually(lambda: f"{name}: success" in read(repository, sha))
    bad = world.commit({"b.yaml": "a: ["})
    eventually(lambda: f"{name}: failure InvalidYaml" in read(repository, bad))


def test_each_app_has_its_own_line_in_the_note(world: World) -> None:
    world.repo({"a.yaml": "x"})
    repository = world.repositories.path("web")
    sha = world.repositories.resolve("web", "main")

    set_line(repository, sha, "a/x", "failure")
    set_line(repository, sha, "a/y", "success\nat once")
    set_line(repository, sha, "a/x", "success")

    assert read(repository, sha) == "a/x: success\na/y: success at once\n"


def test_metrics_count_stages_and_say_how_apps_stand(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()
    world.commit({"b.yaml": "a: ["})
    world.until(lambda view: view.status.failed)

    text = world.loop.metrics()

    name = f"{world.namespace}/web"
    assert f'gitops_lab_app_objects{{app="{name}"}} 1' in text
    assert f'gitops_lab_app_synced{{app="{name}"}} 0' in text
    failure = f'gitops_lab_failures_total{{app="{name}",stage="render",reason="InvalidYaml"}} 1'
    assert failure in text
    assert f'gitops_lab_stage_seconds_count{{app="{name}",stage="apply"}} 1' in text
    assert "# TYPE gitops_lab_app_info gauge" in text
