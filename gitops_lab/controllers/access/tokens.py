"""Secrets that hold a ServiceAccount's token: the old way, for programs outside of the cluster.

The token is asked for like any other, for as long as the API allows, and bound to its Secret.
"""

import base64
from pathlib import Path

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.monitors import TOKEN_SECRET, Monitors
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of, uid_of

ACCOUNT = "kubernetes.io/service-account.name"
ACCOUNT_UID = "kubernetes.io/service-account.uid"
LONGEST_SECONDS = 1 << 32


class TokensController(Controller):
    """Fills such Secrets, and deletes those whose account is gone."""

    name = "tokens-controller"

    def __init__(self, context: Context, monitors: Monitors, ca_file: Path | None) -> None:
        super().__init__(context)
        self._ca_file = ca_file
        monitors.subscribe(self._on_object)

    def sync(self, key: Key) -> None:
        """Bring one Secret to what it should be, or (without a name) those of a namespace."""
        namespace, name = key
        if not name:
            for secret in self.client.list("v1", "Secret", namespace).items:
                if secret.get("type") == TOKEN_SECRET:
                    self.enqueue((namespace, name_of(secret)))
            return
        try:
            secret = self.client.get("v1", "Secret", name, namespace)
        except NotFound:
            return
        if secret.get("type") == TOKEN_SECRET:
            self._sync(secret)

    def _sync(self, secret: Object) -> None:
        account = self._account(secret)
        if account is None:
            self.client.delete(
                "v1", "Secret", name_of(secret), namespace_of(secret), uid=uid_of(secret)
            )
            return
        data = dict(secret.get("data") or {})
        if self._ca_file is not None:
            data["ca.crt"] = _encoded(self._ca_file.read_bytes())
        data["namespace"] = _encoded(namespace_of(secret).encode())
        annotations = {**annotations_of(secret), ACCOUNT_UID: uid_of(account)}
        if not data.get("token"):
            data["token"] = _encoded(self._token(secret, account).encode())
        if data == secret.get("data") and annotations == annotations_of(secret):
            return
        metadata = {**secret["metadata"], "annotations": annotations}
        self.client.update({**secret, "metadata": metadata, "data": data})

    def _account(self, secret: Object) -> Object | None:
        name = annotations_of(secret).get(ACCOUNT, "")
        try:
            account = self.client.get("v1", "ServiceAccount", name, namespace_of(secret))
        except NotFound:
            return None
        wanted = annotations_of(secret).get(ACCOUNT_UID)
        return account if wanted in (None, "", uid_of(account)) else None

    def _token(self, secret: Object, account: Object) -> str:
        path = (
            f"/api/v1/namespaces/{namespace_of(account)}/serviceaccounts/{name_of(account)}/token"
        )
        bound = {
            "kind": "Secret",
            "apiVersion": "v1",
            "name": name_of(secret),
            "uid": uid_of(secret),
        }
        asked = {"spec": {"expirationSeconds": LONGEST_SECONDS, "boundObjectRef": bound}}
        answer: Object = self.client.request("POST", path, body=asked)
        return str(answer["status"]["token"])

    def _on_object(self, kind: str, new: Object, old: Object | None) -> None:
        if new.get("type") == TOKEN_SECRET and new["kind"] == "Secret" and kind != "DELETED":
            self.enqueue((namespace_of(new), name_of(new)))
        elif kind == "DELETED" and new["kind"] == "ServiceAccount":
            self.enqueue((namespace_of(new), ""))


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
