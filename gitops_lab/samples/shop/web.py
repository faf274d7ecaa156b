"""The page: products to order and what was ordered, from the API."""

from typing import Any

from peers import ask  # type: ignore[import-not-found]
from serving import Refused, about, version  # type: ignore[import-not-found]

API = "shop-api"
_STYLE = "body{font:1.1rem sans-serif;max-width:30rem;margin:3rem auto}td{padding:.2rem 1rem}"


def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
    """GET / is the page, POST /order (item=NAME) orders, GET /api/info tells all three parts."""
    if path == "/order" and method == "POST":
        item = body.decode("latin-1").partition("item=")[2].partition("&")[0]
        ask(API, "/api/orders", {"item": item})
        return 303, "ordered\n"
    if path == "/api/info":
        return 200, about(api=ask(API, "/api/info"))
    if path == "/":
        return 200, _page()
    raise Refused(404, "not found")


def _page() -> str:
    try:
        products, held = ask(API, "/api/products"), ask(API, "/api/orders")
    except Refused as refused:
        return _document(f'<p id="problem">{_escape(str(refused))}</p>')
    rows = "".join(_row(product) for product in products)
    summary = f"{len(held['orders'])} orders, {_money(held['total'])}"
    return _document(
        f'<form method="post" action="/order"><table>{rows}</table></form>'
        f'<p id="orders">{summary}</p>'
    )


def _row(product: Any) -> str:
    name = _escape(product["name"])
    button = f'<button name="item" value="{name}">order</button>'
    return f"<tr><td>{name}</td><td>{_money(product['cents'])}</td><td>{button}</td></tr>"


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _document(content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><title>Shop {version()}</title><style>{_STYLE}</style>'
        f"<h1>Shop</h1>{content}</html>"
    )
