"""Git hosts tell of a push in their own forms; what isn't signed isn't believed."""

import hmac
import json
from typing import Any

import pytest

from gitops_lab.git.webhooks import Told, WebhookRefused, read_webhook

SECRET = "s3cret"


def signed(body: bytes, algorithm: str = "sha256", secret: str = SECRET) -> bytes:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}".encode()


def github(content: Any, event: bytes = b"push") -> Told | None:
    body = json.dumps(content).encode()
    headers = {b"x-github-event": event, b"x-hub-signature-256": signed(body)}
    return read_webhook(headers, body, SECRET)


def test_github_tells_of_a_push() -> None:
    content = {"ref": "refs/heads/main", "repository": {"name": "web", "full_name": "ada/web"}}
    assert github(content) == Told("web", "refs/heads/main")


def test_github_tells_of_a_tag_in_another_form() -> None:
    content = {"ref": "v1.2.0", "ref_type": "tag", "repository": {"name": "web"}}
    assert github(content, b"create") == Told("web", "refs/tags/v1.2.0")


def test_a_ping_is_no_push() -> None:
    assert github({"zen": "Keep it logically awesome.", "hook_id": 1}, b"ping") is None


def test_gitlab_sends_the_secret_itself() -> None:
    body = json.dumps(
        {"ref": "refs/heads/main", "project": {"path_with_namespace": "team/shop", "name": "Shop"}}
    ).encode()
    headers = {b"x-gitlab-event": b"Push Hook", b"x-gitlab-token": SECRET.encode()}
    assert read_webhook(headers, body, SECRET) == Told("shop", "refs/heads/main")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_anybody_else_signs_the_body(algorithm: str) -> None:
    body = b'{"repository": "https://git.example/team/shop.git", "ref": "main"}'
    headers = {b"x-signature": signed(body, algorithm)}
    assert read_webhook(headers, body, SECRET) == Told("shop", "refs/heads/main")


def test_nothing_named_means_everything() -> None:
    assert read_webhook({b"x-signature": signed(b"")}, b"", SECRET) == Told()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"x-gitlab-token": b"guess"},
        {b"x-gitlab-token": b""},
        {b"x-signature": signed(b"{}", secret="guess")},
        {b"x-signature": signed(b"another body")},
        {b"x-signature": b"md5=00"},
        {b"x-signature": b"sha256="},
        {b"x-hub-signature-256": b"\xff\xfe=\xff"},
        {b"x-hub-signature-256": b"sha256=00", b"x-gitlab-token": SECRET.encode()},
    ],
)
def test_what_is_not_signed_is_refused(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(WebhookRefused) as refused:
        read_webhook(headers, b"{}", SECRET)
    assert refused.value.status == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_what_can_not_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRefused) as refused:
        read_webhook({b"x-signature": signed(body)}, body, SECRET)
    assert refused.value.status == 400


def test_a_host_has_to_name_the_repository() -> None:
    with pytest.raises(WebhookRefused, match="names no repository"):
        github({"ref": "refs/heads/main"})
