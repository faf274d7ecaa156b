"""GET /stats/summary?node=NAME: what a node's pods use, as a kubelet tells it."""

from urllib.parse import parse_qs

import orjson

from gitops_lab.asgi.names import Scope, Send
from gitops_lab.node.endpoint.asgi import Refused
from gitops_lab.node.metering import Meter

PATH = "/stats/summary"
_HEADERS = [(b"content-type", b"application/json")]


async def stats(scope: Scope, names: tuple[str, ...], meter: Meter, send: Send) -> None:
    """Answer for one of this machine's nodes, the first if none is named."""
    query = parse_qs(scope.get("query_string", b"").decode())
    node = query.get("node", [names[0]])[-1]
    if node not in names:
        raise Refused(404, f'node "{node}" is not here')
    body = orjson.dumps(await meter.summary(node))
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": body})
