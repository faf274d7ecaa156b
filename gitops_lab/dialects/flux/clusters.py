"""Other clusters: `spec.kubeConfig.secretRef` names a Secret with a kubeconfig.

For each cluster of the workspace but its own there is such a Secret, `CLUSTER-kubeconfig` in
flux-system, named as Cluster API names those of the clusters that it makes.
"""

import base64
import contextlib
import functools
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.config import KubeconfigError, contexts
from gitops_lab.kube.errors import AlreadyExists, ApiError, NotFound
from gitops_lab.kube.yamls import YamlError, dump, load

HOME = "flux-system"
_SUFFIX = "-kubeconfig"
_KEYS = ("value", "value.yaml")
_AGENT = "gitops-lab-engine"
_FILES = {
    "tokenFile": ("a tokenFile", "an inline token"),
    "client-certificate": ("a client-certificate file", "client-certificate-data"),
    "client-key": ("a client-key file", "client-key-data"),
}
_CA = "certificate-authority"


class ClusterFailed(GitOpsLabError):
    """Another cluster can't be reached; the message is Flux's."""

    default_reason = "KubeConfigFailed"

    def __init__(self, message: str, *, gone: bool = False) -> None:
        """`gone`: the Secret is not there."""
        super().__init__(message)
        self.gone = gone


@dataclass(frozen=True)
class Words:
    """How a controller of Flux says what is wrong with a Secret."""

    unread: str
    no_key: str
    no_value: str
    invalid: str


KUSTOMIZE = Words(
    unread="unable to read KubeConfig secret '{secret}' error: {error}",
    no_key="KubeConfig secret '{secret}' does not contain a '{key}' key with a kubeconfig",
    no_value="KubeConfig secret '{secret}' does not contain a 'value' key with a kubeconfig",
    invalid="invalid KubeConfig in secret '{secret}': {error}",
)
HELM = Words(
    unread="could not get KubeConfig secret '{secret}': {error}",
    no_key="KubeConfig secret '{secret}' does not contain a '{key}' key with data",
    no_value=(
        "KubeConfig secret '{secret}' does not contain a 'value' or 'value.yaml' key with data"
    ),
    invalid="failed to load KubeConfig from secret '{secret}': {error}",
)


def cluster_named(spec: Mapping[str, Any]) -> str:
    """The cluster of the workspace that a resource names by its Secret; "" for its own."""
    name = _reference(spec).get("name") or ""
    return str(name).removesuffix(_SUFFIX)


def refused(spec: Mapping[str, Any], served: bool) -> str:
    """What of `spec.kubeConfig` is not served, and why; "" for nothing."""
    named = spec.get("kubeConfig") or {}
    if not named:
        return ""
    if "configMapRef" in named:
        return (
            "spec.kubeConfig.configMapRef is not supported by GitOps Lab: it is for clusters of a "
            "cloud; name a Secret with a kubeconfig, by secretRef."
        )
    if not served:
        return (
            "spec.kubeConfig is not supported by GitOps Lab on clusters that are not its own: "
            "objects go to the cluster that the resource is in."
        )
    return ""


def introduce(home: Client, kubeconfig: Path, own: str) -> None:
    """Write the Secrets with which resources of the cluster `own` reach the other ones."""
    for name in contexts(kubeconfig):
        if name == own:
            continue
        text = base64.b64encode(_alone(kubeconfig, name).encode()).decode()
        metadata = {"name": f"{name}{_SUFFIX}", "namespace": HOME}
        kind = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque"}
        secret: Object = {**kind, "metadata": metadata, "data": {"value": text}}
        try:
            home.create(secret)
        except AlreadyExists:
            home.patch(secret, {"data": secret["data"]})  # its port may be another one today


def reach(home: Client, namespace: str, spec: Mapping[str, Any], words: Words) -> Client | None:
    """The client of the cluster that `spec.kubeConfig` names; None for the resource's own.

    Raises ClusterFailed.
    """
    reference = _reference(spec)
    if not reference:
        return None
    secret, text = _text(home, namespace, reference, words)
    try:
        client = _client(text)
    except (ClusterFailed, KubeconfigError, YamlError, ValueError, OSError) as error:
        told = error.message if isinstance(error, GitOpsLabError) else str(error)
        raise ClusterFailed(words.invalid.format(secret=secret, error=told)) from error
    try:
        client.request("GET", "/api")
    except ApiError as error:
        raise ClusterFailed(f"failed to get server groups: {error.message}") from error
    return client


def _reference(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (spec.get("kubeConfig") or {}).get("secretRef") or {}
    return found


def _text(
    home: Client, namespace: str, reference: Mapping[str, Any], words: Words
) -> tuple[str, str]:
    """The Secret as Flux tells of it, and the kubeconfig in it."""
    secret, key = f"{namespace}/{reference['name']}", reference.get("key") or ""
    try:
        data = home.get("v1", "Secret", reference["name"], namespace).get("data") or {}
    except ApiError as error:
        told = words.unread.format(secret=secret, error=error.message)
        raise ClusterFailed(told, gone=isinstance(error, NotFound)) from error
    found = next((data[name] for name in ([key] if key else _KEYS) if name in data), None)
    if found is None:
        told = words.no_key if key else words.no_value
        raise ClusterFailed(told.format(secret=secret, key=key))
    return secret, base64.b64decode(found).decode(errors="replace")


def _sound(config: Any) -> dict[str, Any]:
    """A kubeconfig that names no file, without what Flux leaves out: programs to be run for a
    token, and the wish not to look at certificates. Raises ClusterFailed."""
    if not isinstance(config, dict):
        raise ClusterFailed("it is no kubeconfig")
    for entry in config.get("clusters") or []:
        cluster = entry.get("cluster") or {}
        if cluster.get(_CA):
            what = f"references a {_CA} file, only {_CA}-data is supported"
            raise ClusterFailed(f"cluster '{entry.get('name')}' {what}")
        cluster.pop("insecure-skip-tls-verify", None)
    for entry in config.get("users") or []:
        user = entry.get("user") or {}
        for name, (what, instead) in _FILES.items():
            if user.get(name):
                told = f"references {what}, only {instead} is supported"
                raise ClusterFailed(f"user '{entry.get('name')}' {told}")
        for name in ("exec", "auth-provider"):
            user.pop(name, None)
    return config


@functools.lru_cache(maxsize=32)
def _client(text: str) -> Client:
    """The client of a kubeconfig's current context: one for each kubeconfig, as it keeps its
    connections and what the cluster can do."""
    config = _sound(load(text))
    with tempfile.TemporaryDirectory(prefix="gitops-lab-flux-") as folder:
        file = Path(folder, "kubeconfig")
        file.touch(mode=0o600)
        file.write_text(dump(config))
        return Client.from_kubeconfig(file, user_agent=_AGENT)


def _alone(kubeconfig: Path, name: str) -> str:
    """One context of a kubeconfig with its cluster and its user, every file written into it."""
    whole: dict[str, Any] = load(kubeconfig.read_text())
    context = _entry(whole, "contexts", name)
    cluster = _entry(whole, "clusters", context["context"]["cluster"])
    user = _entry(whole, "users", context["context"]["user"])
    for holder, keys in ((cluster["cluster"], (_CA,)), (user["user"], tuple(_FILES))):
        for key in keys:
            if file := holder.pop(key, None):
                content = Path(kubeconfig.parent, file).read_bytes()
                if key == "tokenFile":
                    holder["token"] = content.decode().strip()
                else:
                    holder[f"{key}-data"] = base64.b64encode(content).decode()
    return dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "contexts": [context],
            "clusters": [cluster],
            "users": [user],
        }
    )


def _entry(config: Mapping[str, Any], section: str, name: str) -> dict[str, Any]:
    with contextlib.suppress(StopIteration):
        return next(dict(one) for one in config.get(section) or [] if one.get("name") == name)
    raise KubeconfigError(f"has no entry {name!r} under {section}.")
