"""Sends the steps of a script to a server and keeps the answers.

A step is a mapping: `name`, `send` ("PATCH /api/v1/…"; {ns} is the script's namespace, {key} a
saved value), `as` (short name of a patch type), `accept`, `headers` (those that differ), `body`,
`text` (a body as it is), `save` ({key: path in the answer}) and `until` (a path, or path=value,
that must be there: the step is repeated, since some effects come after the answer).
"""

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import urllib3
import yaml

from tests.oracle.genuine import Endpoint

SCRIPTS = Path(__file__).parent / "scripts"
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
    "yaml": "application/yaml",
}
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"
PARTIAL_LIST = PARTIAL.replace("Metadata;", "MetadataList;")
ACCEPT = {"table": TABLE, "partial": PARTIAL, "partial-list": PARTIAL_LIST}
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
LONGEST_WAIT = 10.0

Step = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back for one step: events for a watch, an object otherwise."""

    step: str
    code: int
    content_type: str
    warnings: list[str]
    body: Any

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "contentType": self.content_type,
            "warnings": self.warnings,
            "body": self.body,
        }


@dataclass
class Talker:
    """Plays scripts on one server."""

    endpoint: Endpoint
    saved: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = urllib3.PoolManager(ca_certs=str(self.endpoint.ca_file), retries=False)

    def begin(self, namespace: str) -> None:
        """Forget what was saved; make a script's namespace, and the account that pods need."""
        self.saved = {"ns": namespace}
        made = {"metadata": {"name": namespace}}
        self._answer({"name": "namespace", "send": "POST /api/v1/namespaces", "body": made})
        place = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        account = {"metadata": {"name": "default"}}
        self._answer({"name": "account", "send": f"POST {place}", "body": account})

    def close(self) -> None:
        self._pool.clear()

    def step(self, step: Step) -> Answer:
        """The answer to one step."""
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            answer = self._answer(step)
            wanted = step.get("until")
            if wanted is None or holds(answer.body, wanted):
                break
            assert time.monotonic() < deadline, f"{step['name']}: no {wanted} in {answer.body}"
            time.sleep(0.05)
        for key, path in (step.get("save") or {}).items():
            self.saved[key] = str(at(answer.body, path))
        return answer

    def _answer(self, step: Step) -> Answer:
        method, path = self._filled(step["send"]).split(" ", 1)
        headers = {
            "Authorization": f"Bearer {self.endpoint.token}",
            "User-Agent": "oracle/1.0",
            "Accept": ACCEPT.get(step.get("accept", ""), step.get("accept") or "application/json"),
        }
        for name, value in (step.get("headers") or {}).items():
            headers[name] = self._filled(value)
        body = self._body(step, headers)
        reply = self._pool.request(
            method, self.endpoint.url + path, body=body, headers=headers, timeout=30
        )
        return Answer(
            step["name"],
            reply.status,
            reply.headers.get("Content-Type", ""),
            list(reply.headers.getlist("Warning")),
            _parsed(reply.data, watch="watch=true" in path),
        )

    def _body(self, step: Step, headers: dict[str, str]) -> bytes | None:
        if "body" not in step and "text" not in step:
            return None
        kind = step.get("as", "")
        headers["Content-Type"] = PATCHES.get(kind, kind or "application/json")
        text = step["text"] if "text" in step else orjson.dumps(step["body"]).decode()
        return self._filled(text).encode()

    def _filled(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: self.saved.get(match[1], match[0]), text)


def _parsed(data: bytes, *, watch: bool) -> Any:
    if watch:
        return [json.loads(line) for line in data.splitlines() if line]
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def holds(body: Any, wanted: str) -> bool:
    """Whether a path is there, or has the value after `=`."""
    path, equals, value = wanted.partition("=")
    found = at(body, path)
    return str(found) == value if equals else found is not None


def at(value: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for step in path.split("."):
        if isinstance(value, list) and step.lstrip("-").isdigit():
            position = int(step)
            value = value[position] if -len(value) <= position < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def load(name: str) -> list[Step]:
    """The steps of a script; `bodies` of the file can be referred to with YAML anchors."""
    content = yaml.safe_load((SCRIPTS / f"{name}.yaml").read_text())
    return list(content["steps"])


def names() -> list[str]:
    """Every script."""
    return sorted(path.stem for path in SCRIPTS.glob("*.yaml"))
