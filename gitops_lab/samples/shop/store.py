"""The store: orders in a file of its volume, so that they outlive every pod.

DATA_DIR (default /data) is where the volume is mounted; GITOPS_LAB_MOUNT_ROOT names the folder
that stands for / where volumes are mounted elsewhere.
"""

import _thread
import json
import os
from typing import Any

from serving import Refused, about  # type: ignore[import-not-found]

PRODUCTS = {"apple": 30, "bread": 250, "cheese": 480}
_LOCK = _thread.allocate_lock()


def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
    """GET /products, GET and POST /orders, GET /info."""
    if path == "/products":
        return 200, [{"name": name, "cents": cents} for name, cents in PRODUCTS.items()]
    if path == "/orders" and method == "POST":
        return 201, _add(body)
    if path == "/orders":
        return 200, _orders()
    if path == "/info":
        return 200, about(orders=len(_orders()))
    raise Refused(404, "not found")


def _file() -> str:
    root = os.environ.get("GITOPS_LAB_MOUNT_ROOT", "")
    return root + os.environ.get("DATA_DIR", "/data") + "/orders.jsonl"


def _orders() -> list[Any]:
    try:
        with open(_file(), encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def _add(body: bytes) -> Any:
    try:
        item = str(json.loads(body)["item"])
    except (ValueError, KeyError, TypeError):
        raise Refused(400, 'an order is {"item": NAME}') from None
    if item not in PRODUCTS:
        raise Refused(404, f"no such product: {item}")
    with _LOCK:
        order = {"number": len(_orders()) + 1, "item": item, "cents": PRODUCTS[item]}
        try:
            with open(_file(), "a", encoding="utf-8") as file:
                file.write(json.dumps(order) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Refused(507, f"the order can't be kept: {error.strerror}") from None
    return order
