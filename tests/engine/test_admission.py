"""A webhook that denies, or does not answer: on a genuine server, since ours asks none."""

import base64
import json
import os
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gitops_lab.kube import Object
from tests.apiserver.servers import write_certificate
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(
    not os.environ.get("GITOPS_LAB_TEST_GENUINE"), reason="needs GITOPS_LAB_TEST_GENUINE=1"
)
NAME = "short.example.com"


class Hook:
    """Denies ConfigMaps whose `v` is `bad`."""

    def __init__(self, folder: Path) -> None:
        certificate, key = write_certificate(folder)
        self.ca = base64.b64encode(certificate.read_bytes()).decode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked = review["request"]
                bad = (asked.get("object") or {}).get("data", {}).get("v") == "bad"
                answer: Object = {"uid": asked["uid"], "allowed": not bad}
                if bad:
                    answer["status"] = {"message": "v must not be bad"}
                content = json.dumps({**review, "response": answer}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests' output is for failures."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def configuration(hook: Hook, namespace: str) -> Object:
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["configmaps"],
    }
    webhook = {
        "name": NAME,
        "clientConfig": {"url": hook.url, "caBundle": hook.ca},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [rule],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 5,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [webhook],
    }


@pytest.fixture
def hook(world: World, tmp_path: Path) -> Iterator[Hook]:
    made = Hook(tmp_path)
    obj = configuration(made, world.namespace)
    world.client.create(obj)
    yield made
    world.client.delete(obj["apiVersion"], obj["kind"], NAME)
    made.stop()


def is_asked(world: World) -> bool:
    """The server follows its configurations, and asks a webhook a moment after it was named."""
    probe = {"name": "probe", "namespace": world.namespace}
    bad = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": probe, "data": {"v": "bad"}}
    try:
        world.client.apply(bad, field_manager="test", dry_run=True)
    except Exception as error:
        return NAME in str(error)
    return False


def test_what_a_webhook_denies_is_told_with_its_words_and_the_rest_stands(
    world: World, hook: Hook
) -> None:
    eventually(lambda: is_asked(world))
    world.repo({"a.yaml": config_yaml("a", v="good")})
    world.app()
    world.until_synced()

    world.commit({"a.yaml": config_yaml("a", v="bad")})

    view = world.until_reason("AdmissionDenied")
    assert f'admission webhook "{NAME}" denied the request: v must not be bad' in (
        view.status.message
    )
    assert f"the webhook {NAME}" in view.status.hint
    assert view.status.place.file == "a.yaml"
    assert world.config_map("a")["data"] == {"v": "good"}
    world.until_synced(world.commit({"a.yaml": config_yaml("a", v="better")}))


def test_a_webhook_that_is_down_is_named_and_waited_for(
    world: World, hook: Hook, tmp_path: Path
) -> None:
    eventually(lambda: is_asked(world))
    hook.stop()
    world.repo({"a.yaml": config_yaml("a", v="good")})
    world.app()

    view = world.until_reason("WebhookUnavailable")

    assert NAME in view.status.hint
    assert view.status.retry is not None
