"""The API: what the page asks for, from the store."""

import json
from typing import Any

from peers import ask  # type: ignore[import-not-found]
from serving import Refused, about  # type: ignore[import-not-found]

STORE = "shop-store"


def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
    """GET /api/products, GET and POST /api/orders, GET /api/info."""
    if path == "/api/products":
        return 200, ask(STORE, "/products")
    if path == "/api/orders" and method == "POST":
        return 201, ask(STORE, "/orders", _order(body))
    if path == "/api/orders":
        orders = ask(STORE, "/orders")
        return 200, {"orders": orders, "total": sum(order["cents"] for order in orders)}
    if path == "/api/info":
        return 200, about(store=ask(STORE, "/info"))
    raise Refused(404, "not found")


def _order(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused(400, "an order is JSON") from None
