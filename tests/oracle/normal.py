"""Takes out of an answer what no two servers share, and tells what is left of the difference."""

import re
from collections.abc import Iterator
from typing import Any

UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
AGE = re.compile(r"\d+[smh](\d+[sm])?")
CLUSTER_IP = re.compile(r"\b127\.96\.\d+\.\d+\b")
NODE_PORT = re.compile(r"\b3[0-2]\d{3}\b")
GENERATED = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b")
VERSION_KEYS = ("resourceVersion",)
TOKEN = re.compile(r"\b[\w-]{20,}\.[\w-]{40,}\.[\w-]{20,}\b")
CONTINUE = "continue"
# Our own words: nobody's program reads them.
WORDS = ("description",)


def normal(value: Any, key: str = "") -> Any:
    """The same value with stand-ins for versions, times, identities and addresses."""
    if isinstance(value, dict):
        found = {name: normal(each, name) for name, each in value.items()}
        if "columnDefinitions" in found:
            _quiet_columns(found)
        if found.get("kind") == "Status":
            _order_causes(found)
        if isinstance(found.get("managedFields"), list):
            found["managedFields"] = sorted(found["managedFields"], key=_manager)
        return found
    if isinstance(value, list):
        return [normal(each, key) for each in value]
    if key in VERSION_KEYS and value not in ("", None, "0"):
        return "<version>"
    if key == CONTINUE and value:
        return "<continue>"
    if key in ("nodePort", "healthCheckNodePort") and isinstance(value, int):
        return "<node port>"
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    text = TOKEN.sub("<token>", text)
    text = UID.sub("<uid>", text)
    text = TIME.sub("<time>", text)
    text = CLUSTER_IP.sub("<ip>", text)
    text = NODE_PORT.sub("<node port>", text)
    text = GENERATED.sub("-<generated>", text)
    return "<age>" if AGE.fullmatch(text) else text


def _quiet_columns(table: dict[str, Any]) -> None:
    for column in table.get("columnDefinitions") or []:
        for name in WORDS:
            column.pop(name, None)


def _order_causes(status: dict[str, Any]) -> None:
    """Go's maps have no order, so the genuine server tells causes in a different one each time."""
    causes = (status.get("details") or {}).get("causes")
    if isinstance(causes, list) and len(causes) > 1:
        causes.sort(key=lambda each: (each.get("field", ""), each.get("message", "")))
        status["message"] = str(status.get("message", "")).partition(": [")[0]


def _manager(entry: dict[str, Any]) -> tuple[str, ...]:
    """Entries written within one second come in any order."""
    return tuple(str(entry.get(key, "")) for key in ("manager", "operation", "subresource"))


def differences(genuine: Any, embedded: Any, path: str = "") -> Iterator[str]:
    """A line for each difference: `path: genuine … | embedded …`."""
    if isinstance(genuine, dict) and isinstance(embedded, dict):
        for key in sorted(genuine.keys() | embedded.keys()):
            yield from differences(
                genuine.get(key, ABSENT),
                embedded.get(key, ABSENT),
                f"{path}.{key}" if path else key,
            )
    elif isinstance(genuine, list) and isinstance(embedded, list) and len(genuine) == len(embedded):
        for index, (left, right) in enumerate(zip(genuine, embedded, strict=True)):
            yield from differences(left, right, f"{path}[{index}]")
    elif genuine != embedded or isinstance(genuine, bool) != isinstance(embedded, bool):
        yield f"{path}: genuine {genuine!r} | embedded {embedded!r}"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
