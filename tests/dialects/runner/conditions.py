"""What `until` and `stays` of a case say of an object."""

from typing import Any

from tests.dialects.runner.normal import dig


def reach(seen: Any, path: str) -> Any:
    """A value of an object: `.data.key` from its root, `sync.status` from its status, `Ready` for
    the status of a condition and `Ready.reason` for more of it.
    """
    if path.startswith("."):
        return dig(seen, path[1:])
    if path[0].isupper():
        kind, _, key = path.partition(".")
        conditions = dig(seen, "status.conditions") or []
        found = next((each for each in conditions if each.get("type") == kind), None)
        if found is None or found.get("observedGeneration", _generation(seen)) != _generation(seen):
            return None
        return found.get(key or "status")
    return dig(seen, f"status.{path}")


def _generation(seen: Any) -> Any:
    return dig(seen, "metadata.generation")


def matches(found: Any, value: Any) -> bool:
    """Equal; `~text` for a text that holds it, `present` for anything, None for nothing; `!` before
    any of them for the opposite.
    """
    if isinstance(value, str) and value.startswith("!"):
        return not matches(found, value[1:])
    if isinstance(value, str) and value.startswith("~"):
        return isinstance(found, str) and value[1:] in found
    if value == "present":
        return found is not None
    return bool(found == value)
