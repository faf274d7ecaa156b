"""Reading a mapping that a person wrote, with errors that name the field."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar, cast

from gitops_lab.engine.errors import AppError
from gitops_lab.errors import Place

T = TypeVar("T")
_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    str: "text",
    list: "a list",
    dict: "a mapping",
}


class Fields:
    """A mapping and the path that leads to it; each reader checks the type and remembers the key.

    Every method raises AppError with `place.object` and `place.field` set.
    """

    def __init__(self, value: object, path: str, owner: str) -> None:
        self._path = path
        self._owner = owner
        self._read: set[str] = set()
        if value is not None and not isinstance(value, Mapping):
            self._refuse(path, f"must be a mapping, not {value!r}")
        self._values = cast(Mapping[str, Any], value or {})

    def has(self, key: str) -> bool:
        """Whether the field is written, be it empty."""
        self._read.add(key)
        return self._values.get(key) is not None

    def string(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text; numbers are refused, since YAML's 1.0 is not the tag "1.0"."""
        text = self._typed(key, str, default, required)
        if required and not text:
            self.fail(key, "must not be empty")
        return text

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        return self._typed(key, bool, default, False)

    def integer(self, key: str, default: int) -> int:
        """A whole number."""
        number = self._typed(key, int, default, False)
        if isinstance(number, bool):  # to Python true is a number
            self.fail(key, f"must be a whole number, not {number!r}")
        return number

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        items: list[Any] = self._typed(key, list, [], False)
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.fail(f"{key}[{index}]", f"must be text, not {item!r}")
        return tuple(items)

    def string_map(self, key: str) -> dict[str, str]:
        """A mapping of texts to texts."""
        items: dict[str, Any] = self._typed(key, dict, {}, False)
        for name, item in items.items():
            if not isinstance(item, str):
                self.fail(f"{key}.{name}", f"must be text, not {item!r}")
        return dict(items)

    def child(self, key: str, *, required: bool = False) -> "Fields":
        """The mapping under a key."""
        return Fields(self._typed(key, dict, {}, required), f"{self._path}.{key}", self._owner)

    def children(self, key: str) -> "list[Fields]":
        """A list of mappings."""
        items: list[Any] = self._typed(key, list, [], False)
        return [
            Fields(item, f"{self._path}.{key}[{index}]", self._owner)
            for index, item in enumerate(items)
        ]

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping of anything, as it stands."""
        return dict(self._typed(key, dict, {}, False))

    def mapping_or_scalar(self, key: str) -> Any:
        """Whatever stands there."""
        self._read.add(key)
        return self._values.get(key)

    def refuse_unknown(self) -> None:
        """Refuse keys that nobody read: most are misspelt."""
        for key in self._values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                self.fail(key, f"is not a field here; the fields are {known}")

    def fail(self, key: str, problem: str) -> NoReturn:
        """Refuse the value of a field."""
        self._refuse(f"{self._path}.{key}", problem)

    def _typed(self, key: str, kind: type[T], default: T, required: bool) -> T:
        self._read.add(key)
        value = self._values.get(key)
        if value is None:
            if required:
                self.fail(key, "is missing")
            return default
        if not isinstance(value, kind):
            self.fail(key, f"must be {_WORDS[kind]}, not {value!r}")
        return value

    def _refuse(self, field: str, problem: str) -> NoReturn:
        raise AppError(
            f"{field} {problem}.",
            hint=f"Correct {field} of the App.",
            place=Place(object=self._owner, field=field),
        )
