"""Provider: where an alert goes, and in which form. Only addresses on this machine are reached."""

import base64
import hashlib
import hmac
import http.client
import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.dialects.flux.events import ERROR, News
from gitops_lab.engine.nearby import is_on_this_machine
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import name_of, namespace_of, uid_of
from gitops_lab.kube.yamls import load

_SECONDS = 15.0
_GENERIC, _HMAC = "generic", "generic-hmac"
_SLACK_LIKE = ("slack", "rocket")
_HEADER = "gotk-component"


class NotSent(GitOpsLabError):
    """What could not be sent, and why."""

    default_reason = "NotificationDispatchFailed"


def event_of(news: News, metadata: Mapping[str, str]) -> dict[str, Any]:
    """The event as Flux's controllers send it to each other."""
    obj = news.obj
    event = {
        "involvedObject": {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "name": name_of(obj),
            "namespace": namespace_of(obj),
            "uid": uid_of(obj),
            "resourceVersion": str(obj["metadata"].get("resourceVersion", "")),
        },
        "severity": news.severity,
        "timestamp": datetime.fromtimestamp(news.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "message": news.message,
        "reason": news.reason,
        "reportingController": news.controller,
        "reportingInstance": f"{news.controller}-{socket.gethostname()}",
    }
    return {**event, "metadata": dict(metadata)} if metadata else event


def send(client: Client, provider: Object, event: Mapping[str, Any]) -> None:
    """Post it. Raises NotSent and ApiError."""
    spec = provider["spec"]
    _refuse_unsupported(spec)
    secret = _secret(client, provider)
    address = secret.get("address") or str(spec.get("address") or "")
    headers = {"Content-Type": "application/json"}
    if spec["type"] in _SLACK_LIKE:
        content = _slack(spec, event)
        if token := secret.get("token"):
            headers["Authorization"] = f"Bearer {token}"
    else:
        content = dict(event)
        headers[_HEADER] = str(event["reportingController"])
        headers.update(_own_headers(secret))
    body = json.dumps(content, separators=(",", ":")).encode()
    if spec["type"] == _HMAC:
        if not secret.get("token"):
            raise NotSent("failed to initialize notifier: generic-hmac needs a token in its Secret")
        digest = hmac.new(secret["token"].encode(), body, hashlib.sha256).hexdigest()
        headers["X-Signature"] = f"sha256={digest}"
    _post(address, body, headers, seconds(spec.get("timeout"), _SECONDS))


def _post(address: str, body: bytes, headers: Mapping[str, str], timeout: float) -> None:
    parts = urlsplit(address)
    if not is_on_this_machine(address):
        raise NotSent(
            f"the address {address!r} is not http:// on this machine, and nothing else is reached "
            "from a workspace; listen on a port of your own, or run this Provider at work"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        said = answer.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(
            f'postMessage failed: failed to execute request: Post "{address}": {error}'
        ) from error
    finally:
        connection.close()
    if answer.status >= http.client.MULTIPLE_CHOICES:
        told = f"postMessage failed: request failed with status code {answer.status}, {said}"
        raise NotSent(told.rstrip(", "))


def _slack(spec: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """As incoming webhooks of Slack, Rocket.Chat and Mattermost take it."""
    about = event["involvedObject"]
    author = f"{str(about['kind']).lower()}/{about['name']}.{about['namespace']}"
    message = str(event["message"])
    attachment = {
        "fallback": f"{author}: {message.partition(chr(10))[0]}",
        "color": "danger" if event["severity"] == ERROR else "good",
        "author_name": author,
        "text": message,
        "mrkdwn_in": ["text"],
        "fields": [
            {"title": key, "value": value, "short": False}
            for key, value in sorted((event.get("metadata") or {}).items())
        ],
    }
    return {
        "channel": str(spec.get("channel") or ""),
        "username": str(spec.get("username") or event["reportingController"]),
        "icon_url": "",
        "icon_emoji": "",
        "attachments": [attachment],
    }


def _own_headers(secret: Mapping[str, str]) -> dict[str, str]:
    content = load(secret["headers"]) if secret.get("headers") else {}
    return {str(key): str(value) for key, value in (content or {}).items()}


def _secret(client: Client, provider: Object) -> dict[str, str]:
    name = (provider["spec"].get("secretRef") or {}).get("name")
    if not name:
        return {}
    try:
        data = client.get("v1", "Secret", name, namespace_of(provider)).get("data") or {}
    except NotFound as error:
        raise NotSent(f"failed to initialize notifier: failed to read secret: {error}") from error
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in data.items()}


def _refuse_unsupported(spec: Mapping[str, Any]) -> None:
    known = (_GENERIC, _HMAC, *_SLACK_LIKE)
    if spec["type"] not in known:
        raise NotSent(
            f"spec.type {spec['type']!r} is not supported by GitOps Lab; there are: "
            f"{', '.join(known)}"
        )
    for field in ("proxy", "proxySecretRef", "certSecretRef", "serviceAccountName"):
        if spec.get(field):
            raise NotSent(f"spec.{field} is not supported by GitOps Lab")
