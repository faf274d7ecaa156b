"""Taking secrets out of texts: those that are known by value, and what looks like one."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

REMOVED = "<removed>"
SHORTEST = 4
"""A shorter secret can't be told from a word, so it is removed only where it is known to stand."""

_LINE = 12
_SENSITIVE = r"(?:pass(?:word|wd|phrase)|token|secret|api[_-]?key|access[_-]?key|private[_-]?key)"
_SENSITIVE_NAME = re.compile(_SENSITIVE + r"$|credential", re.IGNORECASE)
_AFTER = r"[\"']?[ \t]*[:=][ \t]*[\"']?"
_NOT = r"(?![\s{\[<\"']|true\b|false\b|null\b)"
_PRIVATE_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
_PATTERNS = (
    (re.compile(_PRIVATE_KEY, re.DOTALL), REMOVED),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^/\s@\"'<>]+@", re.I), rf"\g<1>{REMOVED}@"),
    (re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}", re.I), rf"\g<1> {REMOVED}"),
    (re.compile(rf"(authorization{_AFTER}\w+)\s+[^\s\"']+", re.I), rf"\g<1> {REMOVED}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), REMOVED),
    (
        re.compile(rf"(\b[\w-]*{_SENSITIVE}{_AFTER}){_NOT}[^\s\"',}}\]]{{4,}}", re.I),
        rf"\g<1>{REMOVED}",
    ),
)


class Redactor:
    """Knows some secrets by value; the rest it knows by its looks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for secret in secrets for form in _forms(secret)}
        self._known = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._known:
            text = text.replace(secret, REMOVED)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: Any) -> Any:
        """The same for JSON; what stands under a sensitive name goes whatever it looks like."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _is_sensitive(value.get("name")) and isinstance(value.get("value"), str):
            value = {**value, "value": REMOVED}
        return {
            self.text(str(key)): REMOVED
            if isinstance(item, str) and _is_sensitive(key)
            else self.value(item)
            for key, item in value.items()
        }


def without_data(secret: dict[str, Any]) -> dict[str, Any]:
    """A Secret with the names of its keys and the sizes of their values."""
    kept = {key: value for key, value in secret.items() if key not in ("data", "stringData")}
    metadata = dict(secret.get("metadata") or {})
    if metadata.get("annotations"):
        metadata["annotations"] = dict.fromkeys(metadata["annotations"], REMOVED)
    sizes = {key: f"{REMOVED}: {len(value)} bytes" for key, value in data_of(secret).items()}
    return {**kept, "metadata": metadata, "data": sizes}


def secrets_in(secret: dict[str, Any]) -> list[str]:
    """The values of a Secret that are text, as they stand in it and decoded."""
    encoded = [value for value in (secret.get("data") or {}).values() if isinstance(value, str)]
    decoded = [value.decode(errors="replace") for value in data_of(secret).values()]
    return [*encoded, *decoded]


def data_of(secret: dict[str, Any]) -> dict[str, bytes]:
    """The decoded values of a Secret by key."""
    found = {key: str(value).encode() for key, value in (secret.get("stringData") or {}).items()}
    for key, value in (secret.get("data") or {}).items():
        try:
            found[key] = base64.b64decode(value or "")
        except (ValueError, TypeError):
            found[key] = str(value).encode()
    return found


def _is_sensitive(name: object) -> bool:
    return isinstance(name, str) and bool(_SENSITIVE_NAME.search(name))


def _forms(secret: str) -> set[str]:
    """How a secret may be written: whole, line by line, in JSON, in a URL, in base64."""
    whole = secret.strip()
    lines = [line.strip() for line in whole.splitlines()] if "\n" in whole else []
    forms = {whole, json.dumps(whole)[1:-1], quote(whole, safe="")}
    forms.add(base64.b64encode(whole.encode()).decode())
    forms |= {line for line in lines if len(line) >= _LINE}
    return {form for form in forms if len(form) >= SHORTEST}
