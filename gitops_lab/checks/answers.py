"""Ready-made checks of what an app answers over HTTP, through its Service's own address."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.checks.objects import MISSING, field_of, told
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of

URL = "gitops-lab.dev/url"
TIMEOUT = 3.0
MAX_BODY = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What came back: status code and body."""

    status: int
    body: str

    def json(self) -> Any:
        """The body as JSON; None when it isn't."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Answers:
    """A Service answers HTTP 200; each field of `fields` in its JSON, and `text` in its body.

    What a container reads from its volumes comes a moment after the rollout, so a red answer is
    waited for. Put a check of the object before it: then a learner who did nothing is told at once.
    """

    service: str
    namespace: str = "default"
    path: str = "/api/info"
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    cluster: str = ""
    app: str = ""

    def look(self, world: World) -> Sight:
        """Ask the Service once."""
        expected = f"Service/{self.service} answers{self._wanted()}"
        service = world.find("v1/Service", self.service, self.namespace, self.cluster)
        if service is None:
            return Sight(False, f"there is no Service/{self.service}", expected, app=self.app)
        url = url_of(service)
        if not url:
            return Sight(False, "the Service has no address yet", expected, app=self.app)
        try:
            sight = self._judge(fetch(url + self.path), expected)
        except OSError as error:
            sight = Sight(False, f"{url} does not answer: {error}", expected, app=self.app)
        return sight if sight.passed else sight.but(waits="the app to answer so")

    def _judge(self, answer: Answer, expected: str) -> Sight:
        if answer.status != http.client.OK:
            return Sight(False, f"it answers HTTP {answer.status}", expected, app=self.app)
        data = answer.json() if self.fields else None
        seen = {path: field_of(data, path) for path in self.fields}
        passed = all(seen[path] == value for path, value in self.fields.items())
        passed = passed and self.text in answer.body
        if not self.fields:
            missing = f", without {told(self.text)}" if not passed else ""
            return Sight(passed, f"it answers{missing}", expected, app=self.app)
        told_fields = (f"{p} {'missing' if v is MISSING else told(v)}" for p, v in seen.items())
        return Sight(passed, f"it answers {', '.join(told_fields)}", expected, app=self.app)

    def _wanted(self) -> str:
        wanted = [f"{path} {told(value)}" for path, value in self.fields.items()]
        wanted += [told(self.text)] if self.text else []
        return f" {', '.join(wanted)}" if wanted else ""


def url_of(service: Object) -> str:
    """Where a Service of type NodePort answers on this machine, or ""."""
    told_url = annotations_of(service).get(URL, "")
    if told_url:
        return told_url.rstrip("/")
    ports = (service.get("spec") or {}).get("ports") or []
    port = next((p["nodePort"] for p in ports if p.get("nodePort")), 0)
    return f"http://127.0.0.1:{port}" if port else ""


def fetch(url: str, timeout: float = TIMEOUT) -> Answer:
    """GET a URL of this machine, past any proxy. Raises `OSError` when nothing answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, response.read(MAX_BODY).decode(errors="replace"))
    except http.client.HTTPException as error:
        raise ConnectionError(f"not an answer in HTTP: {error!r}") from error
    finally:
        connection.close()
