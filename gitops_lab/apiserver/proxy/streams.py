"""exec, attach and port-forward: WebSocket frames passed on both ways, unread."""

import asyncio
from contextlib import suppress
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.proxy.kubelet import Place, place_of
from gitops_lab.apiserver.served import Api
from gitops_lab.asgi.names import Receive, Scope, Send

_MAX_FRAME = 16 * 1024 * 1024
_ACTIONS = {
    "exec": ("exec", True),
    "attach": ("attach", True),
    "portforward": ("portForward", False),
}


def stream_place(api: Api, call: Call) -> Place:
    """Where a pod's stream is answered. Raises StatusError."""
    known = call.resource.subresource(call.target.subresource)
    if known is None or call.resource.plural != "pods":
        raise status.no_such_path()
    if call.target.subresource not in _ACTIONS:
        raise status.not_implemented(f"pods/{call.target.subresource} by WebSocket")
    action, with_container = _ACTIONS[call.target.subresource]
    return place_of(api, call, action, container=with_container)


async def relay(api: Api, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
    """Accept the client's WebSocket under the protocol that the node chose, and pass frames on.

    Raises StatusError when the node can't be reached; then nothing has been accepted.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    offered: dict[Any, str] = {
        _without_slash(name): name for name in scope.get("subprotocols") or []
    }
    try:
        node = await connect(
            f"wss://{place.host}:{place.port}{place.path}",
            ssl=api.trust.context,
            subprotocols=list(offered) or None,
            additional_headers={"Authorization": f"Bearer {api.config.kubelet_token}"},
            compression=None,
            max_size=_MAX_FRAME,
            ping_interval=None,
            proxy=None,
            user_agent_header=None,
        )
    except (OSError, TimeoutError, WebSocketException) as error:
        raise status.internal(f"the node refused the stream: {error}") from None
    async with node:
        await send({"type": "websocket.accept", "subprotocol": offered.get(node.subprotocol)})
        await _pass_on(node, receive, send)


def _without_slash(subprotocol: str) -> str:
    """kubectl's SPDY/3.1+portforward.k8s.io has a slash, which the library refuses to send."""
    return subprotocol.replace("/", "-")


async def _pass_on(node: Any, receive: Receive, send: Send) -> None:
    to_node = asyncio.create_task(_to_node(node, receive))
    to_client = asyncio.create_task(_to_client(node, send))
    await asyncio.wait([to_node, to_client], return_when=asyncio.FIRST_COMPLETED)
    for task in (to_node, to_client):
        task.cancel()
    await asyncio.gather(to_node, to_client, return_exceptions=True)


async def _to_node(node: Any, receive: Receive) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] != "websocket.receive":
            continue
        data = message.get("bytes")
        await node.send(data if data is not None else message.get("text") or "")


async def _to_client(node: Any, send: Send) -> None:
    async for frame in node:
        kind = "bytes" if isinstance(frame, bytes) else "text"
        await send({"type": "websocket.send", kind: frame})
    code = node.close_code or 1000
    with suppress(Exception):
        await send({"type": "websocket.close", "code": code if code != 1006 else 1011})
