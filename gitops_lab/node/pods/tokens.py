"""The service account tokens in a pod's volumes: bound to the pod, renewed before they are old."""

import time
from dataclasses import dataclass

from gitops_lab.kube.objects import Object, name_of, namespace_of, uid_of
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.volumes import TokenWanted

_RENEW_AT = 0.8  # of its life, as a kubelet does
_RENEW_AFTER_AT_MOST = 24 * 3600.0


@dataclass(frozen=True)
class _Held:
    token: str
    renew_at: float


class Tokens:
    """Those of one pod; used on the node's event loop only."""

    def __init__(self, context: PodContext) -> None:
        self._context = context
        self._held: dict[TokenWanted, _Held] = {}

    async def get(self, wanted: TokenWanted) -> str:
        """The token that is held, or a new one when there is none or it is old. Raises ApiError."""
        held = self._held.get(wanted)
        if held is None or held.renew_at <= time.time():
            after = min(wanted.seconds * _RENEW_AT, _RENEW_AFTER_AT_MOST)
            held = _Held(await self._ask(wanted), time.time() + after)
            self._held[wanted] = held
        return held.token

    def next_renewal(self) -> float | None:
        """Seconds until the first token is old; None when there is none."""
        if not self._held:
            return None
        return max(min(held.renew_at for held in self._held.values()) - time.time(), 1.0)

    async def _ask(self, wanted: TokenWanted) -> str:
        pod = self._context.pod
        account = pod["spec"].get("serviceAccountName") or "default"
        bound = {"kind": "Pod", "apiVersion": "v1", "name": name_of(pod), "uid": uid_of(pod)}
        spec: Object = {"expirationSeconds": wanted.seconds, "boundObjectRef": bound}
        if wanted.audience:
            spec["audiences"] = [wanted.audience]
        answer = await self._context.machine.post(
            f"/api/v1/namespaces/{namespace_of(pod)}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
        )
        return str(answer["status"]["token"])
