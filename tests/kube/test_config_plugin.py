"""Credentials that a program brings, as clouds use it."""

import json
from pathlib import Path

from gitops_lab.kube import yamls
from gitops_lab.kube.config import load_endpoint

VERSION = "client.authentication.k8s.io/v1"


def test_the_token_of_an_exec_plugin_is_sent_as_a_bearer(tmp_path: Path) -> None:
    answer = {"apiVersion": VERSION, "kind": "ExecCredential", "status": {"token": "abcd"}}
    program = tmp_path / "login"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    plugin = {"apiVersion": VERSION, "command": str(program), "interactiveMode": "Never"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    }
    (tmp_path / "config").write_text(yamls.dump(config))
    endpoint = load_endpoint(tmp_path / "config", "one")
    assert endpoint.authorization() == "Bearer abcd"
    assert endpoint.server == "https://127.0.0.1:1"
