"""Alerts that arrive somewhere, and calls that wake resources."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab.dialects.flux.draft import REQUESTED_AT
from gitops_lab.kube.objects import annotations_of
from tests.dialects.flux.world import GROUPS, FluxWorld, ready_of
from tests.waiting import eventually

NOTIFY = "notification.toolkit.fluxcd.io"
GROUPS.update({"Provider": f"{NOTIFY}/v1beta3", "Alert": f"{NOTIFY}/v1beta3"})
GROUPS.update({"Receiver": f"{NOTIFY}/v1"})


class Inbox(http.server.ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posts: list[tuple[dict[str, str], Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in"

    def messages(self) -> list[str]:
        return [body.get("message", "") for _, body in self.posts]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.server.posts.append(({**headers, "raw": body.decode()}, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    thread = threading.Thread(target=inbox.serve_forever, daemon=True)
    thread.start()
    yield inbox
    inbox.shutdown()
    inbox.server_close()
    thread.join()


def secret(flux: FluxWorld, name: str = "token", **data: str) -> None:
    flux.client.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": flux.namespace},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
        }
    )


def alert(flux: FluxWorld, inbox: Inbox, kind: str = "generic", **spec: Any) -> None:
    provider = spec.pop("provider", {})
    flux.create("Provider", "in", **{"type": kind, "address": inbox.url, **provider})
    sources = [{"kind": "GitRepository", "name": "*"}]
    flux.create("Alert", "in", **{"providerRef": {"name": "in"}, "eventSources": sources, **spec})


def test_an_event_of_a_source_arrives(flux: FluxWorld, inbox: Inbox) -> None:
    alert(flux, inbox, eventMetadata={"team": "blue"})
    sha = flux.repo({"a.yaml": "a: 1\n"})
    flux.git()
    eventually(lambda: inbox.posts)
    headers, event = inbox.posts[0]
    assert event["involvedObject"]["kind"] == "GitRepository"
    assert (event["severity"], event["reason"]) == ("info", "NewArtifact")
    assert event["message"] == "stored artifact for commit 'Add the first files'"
    assert event["metadata"]["revision"] == f"main@sha1:{sha}"
    assert event["metadata"]["team"] == "blue"
    assert headers["gotk-component"] == event["reportingController"] == "source-controller"


def test_only_errors_and_what_the_lists_let_through(flux: FluxWorld, inbox: Inbox) -> None:
    alert(flux, inbox, eventSeverity="error", exclusionList=["other"])
    flux.repo({"a.yaml": "a: 1\n"})
    flux.git()
    flux.until_ready("GitRepository")
    flux.git("other", ref={"branch": "other"})
    flux.git("missing", ref={"branch": "missing"})
    eventually(lambda: any("missing" in text for text in inbox.messages()))
    assert all("missing" in text for text in inbox.messages())


def test_slack_gets_its_own_form(flux: FluxWorld, inbox: Inbox) -> None:
    alert(flux, inbox, "slack", provider={"channel": "ops"})
    flux.repo({"a.yaml": "a: 1\n"})
    flux.git()
    eventually(lambda: inbox.posts)
    message = inbox.posts[0][1]
    assert (message["channel"], message["username"]) == ("ops", "source-controller")
    [attachment] = message["attachments"]
    assert attachment["author_name"] == f"gitrepository/web.{flux.namespace}"
    assert attachment["color"] == "good"
    assert "revision" in [one["title"] for one in attachment["fields"]]


def test_a_signature_proves_the_sender(flux: FluxWorld, inbox: Inbox) -> None:
    secret(flux, token="shared")
    alert(flux, inbox, "generic-hmac", provider={"secretRef": {"name": "token"}})
    flux.repo({"a.yaml": "a: 1\n"})
    flux.git()
    eventually(lambda: inbox.posts)
    headers, _ = inbox.posts[0]
    wanted = hmac.new(b"shared", headers["raw"].encode(), hashlib.sha256).hexdigest()
    assert headers["x-signature"] == f"sha256={wanted}"


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ({"address": "https://hooks.example.test/x"}, "nothing else is reached"),
        ({"type": "msteams"}, "spec.type 'msteams' is not supported"),
    ],
)
def test_what_can_not_be_sent_is_told(
    flux: FluxWorld, inbox: Inbox, provider: dict[str, str], told: str
) -> None:
    alert(flux, inbox, provider=provider)
    flux.repo({"a.yaml": "a: 1\n"})
    flux.git()

    def complaint() -> str:
        return str(flux.events("Alert", "in")[0]["message"])

    assert told in eventually(lambda: complaint() or None)
    assert inbox.posts == []


def receiver(flux: FluxWorld, kind: str, **spec: Any) -> str:
    flux.repo({"a.yaml": "a: 1\n"})
    flux.git()
    flux.until_ready("GitRepository")
    secret(flux, token="shared")
    resources = [{"kind": "GitRepository", "name": "web"}]
    spec = {"type": kind, "secretRef": {"name": "token"}, "resources": resources, **spec}
    flux.create("Receiver", "hook", **spec)
    ready = flux.until_ready("Receiver", name="hook")
    return str(ready["status"]["webhookPath"])


def call(flux: FluxWorld, path: str, body: bytes = b"{}", **headers: str) -> int:
    sent = {key.replace("_", "-").encode(): value.encode() for key, value in headers.items()}
    return flux.hooks["/hook/"](path, sent, body)


def signed(body: bytes) -> str:
    return f"sha256={hmac.new(b'shared', body, hashlib.sha256).hexdigest()}"


def test_a_call_asks_its_resources_to_look(flux: FluxWorld) -> None:
    path = receiver(flux, "generic")
    text = f"sharedhook{flux.namespace}"
    assert path == f"/hook/{hashlib.sha256(text.encode()).hexdigest()}"
    assert call(flux, path) == 200
    flux.until("GitRepository", lambda obj: obj["status"].get("lastHandledReconcileAt"))
    assert call(flux, "/hook/unknown") == 404
    flux.patch("Receiver", {"spec": {"suspend": True}}, "hook")
    assert call(flux, path) == 503


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            "github",
            {"x_hub_signature_256": signed(b"{}"), "x_github_event": "push"},
            {"x_hub_signature_256": signed(b"{}"), "x_github_event": "star"},
        ),
        (
            "gitlab",
            {"x_gitlab_token": "shared", "x_gitlab_event": "push"},
            {"x_gitlab_token": "wrong", "x_gitlab_event": "push"},
        ),
        ("generic-hmac", {"x_signature": signed(b"{}")}, {"x_signature": signed(b"other")}),
    ],
)
def test_who_calls_has_to_prove_it(
    flux: FluxWorld, kind: str, good: dict[str, str], bad: dict[str, str]
) -> None:
    path = receiver(flux, kind, events=["push"])
    assert call(flux, path, **bad) == 400
    assert call(flux, path, **good) == 200


def test_a_receiver_without_its_secret_says_so(flux: FluxWorld) -> None:
    resources = [{"kind": "GitRepository", "name": "web"}]
    spec = {"type": "generic", "secretRef": {"name": "none"}, "resources": resources}
    flux.create("Receiver", "hook", **spec)
    obj = flux.until_ready("Receiver", "False", "hook")
    assert ready_of(obj)[1] == "TokenNotFound"


def asked(flux: FluxWorld, name: str) -> bool:
    """Whether somebody has asked the GitRepository to look."""
    return REQUESTED_AT in annotations_of(flux.get("GitRepository", name))


def test_filters_choose_by_the_body_of_the_call(flux: FluxWorld) -> None:
    flux.repo({"a.yaml": "a: 1\n"})
    for name in ("one", "two"):
        flux.git(name)
    secret(flux, token="shared")
    resources = [
        {"kind": "GitRepository", "name": "one", "filter": "req.ref == 'refs/heads/main'"},
        {"kind": "GitRepository", "name": "two"},
    ]
    spec = {"type": "generic", "secretRef": {"name": "token"}, "resources": resources}
    flux.create("Receiver", "hook", **spec, resourceFilter="res.metadata.name == req.repository")
    path = flux.until_ready("Receiver", name="hook")["status"]["webhookPath"]
    json_body = {"content_type": "application/json; charset=utf-8"}
    assert call(flux, path, b'{"repository": "one", "ref": "refs/heads/other"}', **json_body) == 200
    assert call(flux, path, b'{"repository": "two", "ref": "x"}', **json_body) == 200
    assert (asked(flux, "one"), asked(flux, "two")) == (False, True)
    main = b'{"repository": "one", "ref": "refs/heads/main"}'
    assert call(flux, path, main, **json_body) == 200
    assert asked(flux, "one")
    assert call(flux, path, b"no json", **json_body) == 500
    assert call(flux, path, main) == 500  # no type, so there is no body to ask


def test_a_filter_that_is_none_stalls_the_receiver(flux: FluxWorld) -> None:
    secret(flux, token="shared")
    resources = [{"kind": "GitRepository", "name": "web", "filter": "res.("}]
    spec = {"type": "generic", "secretRef": {"name": "token"}, "resources": resources}
    flux.create("Receiver", "hook", **spec)
    status, reason, message = ready_of(flux.until_ready("Receiver", "False", "hook"))
    assert (status, reason) == ("False", "InvalidCELExpression")
    assert 'expression for resources[0] (kind="GitRepository", name="web"): ' in message
