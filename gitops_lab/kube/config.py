"""From a kubeconfig to what a client needs to reach the API.

A static entry (token or client certificate, as we, kind and most distributions write them) is
read here: importing the official package costs 0.5 s and 25 MB in each process. Everything else
(exec plugins, OIDC, auth providers) is the official package's job.
"""

import base64
import os
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import GitOpsLabError, Place
from gitops_lab.kube import yamls


class KubeconfigError(GitOpsLabError):
    """A kubeconfig is missing, not readable, or names what it does not have."""

    default_reason = "InvalidKubeconfig"


@dataclass(frozen=True)
class Endpoint:
    """Where an API is and how to prove who asks. `authorization()` gives the header's value."""

    server: str
    authorization: Callable[[], str]
    tls: ssl.SSLContext


def static_endpoint(
    server: str,
    *,
    token: str = "",
    ca_file: str | None = None,
    client_cert: tuple[str, str] | None = None,
) -> Endpoint:
    """An endpoint with a bearer token, a client certificate (cert and key file), or neither."""
    tls = ssl.create_default_context(cafile=ca_file)
    if client_cert:
        tls.load_cert_chain(*client_cert)
    return Endpoint(server.rstrip("/"), lambda: f"Bearer {token}" if token else "", tls)


def load_endpoint(path: Path, context: str | None = None) -> Endpoint:
    """The endpoint of a kubeconfig's context, its current one if none is named.

    Raises KubeconfigError.
    """
    config = _read(path)
    name = context or config.get("current-context") or ""
    entry = _named(config, "contexts", name, path).get("context") or {}
    cluster = _named(config, "clusters", entry.get("cluster", ""), path).get("cluster") or {}
    user = _named(config, "users", entry.get("user", ""), path).get("user") or {}
    if user.get("exec") or user.get("auth-provider"):
        return _official_endpoint(path, name)
    return _endpoint(cluster, user, path.parent)


def contexts(path: Path) -> list[str]:
    """The names of a kubeconfig's contexts. Raises KubeconfigError."""
    return [str(entry.get("name")) for entry in _read(path).get("contexts") or []]


def _read(path: Path) -> dict[str, Any]:
    try:
        config = yamls.load(path.read_text(), file=str(path))
    except OSError as error:
        raise KubeconfigError(
            f"the kubeconfig can't be read: {error.strerror}.", place=Place(file=str(path))
        ) from error
    if not isinstance(config, dict):
        raise KubeconfigError("is not a kubeconfig.", place=Place(file=str(path)))
    return config


def _named(config: dict[str, Any], section: str, name: str, path: Path) -> dict[str, Any]:
    entries = config.get(section) or []
    for entry in entries:
        if entry.get("name") == name:
            return dict(entry)
    known = ", ".join(str(entry.get("name")) for entry in entries) or "none"
    raise KubeconfigError(
        f"has no entry {name!r} under {section} (there: {known}).", place=Place(file=str(path))
    )


def _endpoint(cluster: dict[str, Any], user: dict[str, Any], folder: Path) -> Endpoint:
    tls = ssl.create_default_context()
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    elif data := cluster.get("certificate-authority-data"):
        tls = ssl.create_default_context(cadata=base64.b64decode(data).decode())
    elif file := cluster.get("certificate-authority"):
        tls = ssl.create_default_context(cafile=str(folder / file))
    _load_client_certificate(tls, user, folder)
    server = str(cluster.get("server", "")).rstrip("/")
    return Endpoint(server, _bearer(user, folder), tls)


def _bearer(user: dict[str, Any], folder: Path) -> Callable[[], str]:
    if token := user.get("token"):
        return lambda: f"Bearer {token}"
    if file := user.get("tokenFile"):  # rotated by whoever writes it, so read each time
        return lambda: f"Bearer {(folder / file).read_text().strip()}"
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        return lambda: f"Basic {base64.b64encode(pair).decode()}"
    return lambda: ""


def _load_client_certificate(tls: ssl.SSLContext, user: dict[str, Any], folder: Path) -> None:
    """`ssl` loads a key only from a file, so data goes through one that is removed at once."""
    made: list[str] = []

    def as_file(name: str) -> str | None:
        if data := user.get(f"{name}-data"):
            descriptor, path = tempfile.mkstemp()
            made.append(path)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64decode(data))
            return path
        return str(folder / user[name]) if user.get(name) else None

    try:
        certificate, key = as_file("client-certificate"), as_file("client-key")
        if certificate:
            tls.load_cert_chain(certificate, key)
    finally:
        for path in made:
            os.unlink(path)


def _official_endpoint(path: Path, context: str) -> Endpoint:
    from kubernetes import client, config

    configuration = client.Configuration()
    config.load_kube_config(str(path), context, client_configuration=configuration)
    tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if not configuration.verify_ssl:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    if configuration.cert_file:
        tls.load_cert_chain(configuration.cert_file, configuration.key_file)

    def authorization() -> str:  # refreshes a token that is about to expire
        settings = configuration.auth_settings().get("BearerToken") or {}
        return str(settings.get("value") or "")

    return Endpoint(str(configuration.host).rstrip("/"), authorization, tls)
