"""The admission plugin ServiceAccount: a pod runs as an account and gets its token as files."""

import asyncio
import random
import time
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.served import Api
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of

DEFAULT = "default"
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
VOLUME = "kube-api-access-"
_TOKEN_SECONDS = 3607
_PATIENCE_SECONDS = 5.0
_MIRROR = "kubernetes.io/config.mirror"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


async def await_account(api: Api, pod: Any, namespace: str) -> None:
    """Wait for the account `default`, which a controller makes in each new namespace."""
    spec = pod.get("spec") if isinstance(pod, dict) else None
    if not api.config.admits_accounts or not isinstance(spec, dict):
        return
    if (spec.get("serviceAccountName") or DEFAULT) != DEFAULT:
        return
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _find(api, namespace, DEFAULT) is None and time.monotonic() < deadline:
        if api.builtin("", "v1", "namespaces").collection.get("", namespace) is None:
            return
        await asyncio.sleep(0.02)


def _find(api: Api, namespace: str, name: str) -> Object | None:
    found = api.builtin("", "v1", "serviceaccounts").collection.get(namespace, name)
    return found.parsed() if found is not None else None


def admit(api: Api, pod: Object) -> None:
    """Name the account, mount its token, take over its pull secrets. Raises StatusError 403."""
    spec = pod.get("spec")
    if not api.config.admits_accounts or not isinstance(spec, dict):
        return
    if _MIRROR in annotations_of(pod):
        return
    name = spec.get("serviceAccountName") or DEFAULT
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = _find(api, namespace_of(pod), name)
    if account is None:
        why = f"error looking up service account {namespace_of(pod)}/{name}: "
        why += f'serviceaccount "{name}" not found'
        raise status.forbidden("", "pods", name_of(pod), why)
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken"))
    if wanted is not False:
        _mount(spec)
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]


def _mount(spec: Object) -> None:
    names = [volume.get("name", "") for volume in spec.get("volumes") or []]
    own = next((name for name in names if name.startswith(VOLUME)), "")
    name = own or VOLUME + "".join(random.choices(_ALPHABET, k=5))  # noqa: S311 - a name
    needed = False
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        mounts = container.get("volumeMounts") or []
        if not any(each.get("mountPath") == TOKEN_PATH for each in mounts):
            mount = {"name": name, "readOnly": True, "mountPath": TOKEN_PATH}
            container["volumeMounts"] = [*mounts, mount]
            needed = True
    if needed and not own:
        spec["volumes"] = [*(spec.get("volumes") or []), {"name": name, "projected": _sources()}]


def _sources() -> Object:
    root = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
            {"configMap": root},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
        ],
        "defaultMode": 420,
    }
