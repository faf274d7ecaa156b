"""Drawing: what all manifests are made of."""

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Object = dict[str, Any]
T = TypeVar("T")
BAD = 0.03  # how often a value is one that is refused


class Draw:
    """A stream of choices."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def one(self, values: Sequence[T]) -> T:
        """One of them."""
        return self._random.choice(values)

    def some(self, values: Sequence[T], least: int = 0, most: int | None = None) -> list[T]:
        """A few of them, each at most once, in any order."""
        count = self._random.randint(least, len(values) if most is None else most)
        return self._random.sample(list(values), count)

    def often(self, chance: float) -> bool:
        """True that often."""
        return self._random.random() < chance

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return self._random.randint(least, most)

    def fill(self, obj: Object, **parts: tuple[float, Callable[[], Any]]) -> Object:
        """Add each part that often; a name may end in "_" where it is a word of Python."""
        for name, (chance, make) in parts.items():
            if self.often(chance):
                obj[name.rstrip("_")] = make()
        return obj

    def labels(self) -> dict[str, str]:
        """Labels out of a few."""
        return {key: self.one("xyz") for key in self.some("abc", 1, 2)}

    def metadata(self, name: str) -> Object:
        """Metadata that everything may have."""
        return self.fill(
            {"name": name},
            labels=(0.4, self.labels),
            annotations=(0.3, lambda: {self.one(["p", "q.example/r"]): self.one("12")}),
            finalizers=(0.1, lambda: self.some(["x.example/a", "x.example/b"], 1)),
        )

    def bad(self, good: T, *wrong: Any) -> Any:
        """The good value, and once in a while a wrong one."""
        return self.one(wrong) if self.often(BAD) else good
