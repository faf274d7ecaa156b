"""What is secret goes, in whatever form; what is not stays readable."""

import base64
import json
from urllib.parse import quote

import pytest

from gitops_lab.workspace.support.redact import REMOVED, Redactor, secrets_in, without_data

PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIHh4eHh4eHh4eHh4\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize("shape", [str, lambda s: json.dumps(s)[1:-1], lambda s: quote(s, safe="")])
def test_a_known_secret_goes_in_every_form_it_can_be_written_in(shape: object) -> None:
    assert callable(shape)
    secret = 'p"a ss/wörd\\'
    assert Redactor([secret]).text(f"before {shape(secret)} after") == f"before {REMOVED} after"


def test_a_known_secret_goes_in_base64_too() -> None:
    encoded = base64.b64encode(b"hunter2!").decode()
    assert encoded not in Redactor(["hunter2!"]).text(f"data: {encoded}")


def test_each_long_line_of_a_known_secret_goes_alone() -> None:
    assert "MHcCAQEE" not in Redactor([PEM]).text("indented:\n    MHcCAQEEIHh4eHh4eHh4eHh4\n")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://ann:pa55@git.example/x.git", "pa55"),
        ("https://ghp_0123456789@git.example/x.git", "ghp_0123456789"),
        ("Authorization: Basic bGVhcm5lcjpzZWNyZXQ=", "bGVhcm5lcjpzZWNyZXQ="),
        ('"Authorization": "token abcdefgh"', "abcdefgh"),
        ("curl -H 'Authorization: Bearer abc.def-ghi_jkl'", "abc.def-ghi_jkl"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln from it", "eyJzdWIiOiJ4In0"),
        ("DB_PASSWORD=opensesame", "opensesame"),
        ('{"apiKey": "0123456789"}', "0123456789"),
        ("refresh-token: 0123456789", "0123456789"),
        (f"x\n{PEM}\ny", "MHcCAQEE"),
    ],
)
def test_what_looks_like_a_secret_goes_though_nobody_told_of_it(text: str, secret: str) -> None:
    redacted = Redactor([]).text(text)
    assert secret not in redacted
    assert REMOVED in redacted


@pytest.mark.parametrize(
    "text",
    [
        "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
        "automountServiceAccountToken: false, secretName: web, secretRef: {name: x}",
        "2026-01-02 the token process did not start: it is gone.",
        "http://127.0.0.1:4711/web.git (fetch)",
        "basic authentication is off",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor([]).text(text) == text


def test_values_under_sensitive_names_go_whatever_they_look_like() -> None:
    pod = {
        "env": [{"name": "DB_PASSWORD", "value": "ab"}, {"name": "COLOUR", "value": "blue"}],
        "data": {"api_key": "x", "message": "hello"},
    }
    assert Redactor([]).value(pod) == {
        "env": [{"name": "DB_PASSWORD", "value": REMOVED}, {"name": "COLOUR", "value": "blue"}],
        "data": {"api_key": REMOVED, "message": "hello"},
    }


def test_a_secret_keeps_its_keys_and_sizes_and_loses_its_data() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "db", "annotations": {"last-applied": '{"data":{"a":"c2VjcmV0"}}'}},
        "data": {"a": base64.b64encode(b"secret").decode(), "bad": "%"},
    }
    shown = without_data(secret)
    assert shown["data"]["a"] == f"{REMOVED}: 6 bytes"
    assert "c2VjcmV0" not in json.dumps(shown)
    assert {"secret", "c2VjcmV0"} <= set(secrets_in(secret))
