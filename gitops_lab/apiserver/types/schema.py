"""A lazy view of an OpenAPI schema: what patches, managed fields, defaults and validation ask.

One view serves the built-in kinds (definitions.py) and custom resources (built from a CRD's
openAPIV3Schema). A node is made when somebody looks at it; nodes behind a `$ref` are shared.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

Raw = Mapping[str, Any]
Resolver = Callable[[str], "Schema"]

FREE_FORM = ("io.k8s.apimachinery.pkg.runtime.RawExtension",)
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"


class Schema:
    """One node: a definition, a property, a list's items or a map's values.

    `name` is the OpenAPI definition's name where there is one. A reference is followed at once;
    what stands beside it (a patch strategy, a map type, a default) overrides the target's.
    `status_apart` tells of a whole object's schema whether the status is written through a
    subresource of its own, as with every built-in kind that has one.
    """

    status_apart = True

    def __init__(
        self,
        raw: Raw,
        resolve: Resolver | None = None,
        *,
        name: str = "",
        document: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self._raw = raw
        self._resolve = resolve
        self._document = document
        self.name = name
        self.type: str = _type_of(raw)
        self.format: str = raw.get("format", "")
        self.int_or_string = bool(raw.get("x-kubernetes-int-or-string") or name == INT_OR_STRING)
        self.quantity = name == QUANTITY
        self.preserve_unknown = bool(
            raw.get("x-kubernetes-preserve-unknown-fields") or name in FREE_FORM
        )
        self.list_type: str = raw.get("x-kubernetes-list-type", "")
        self.list_map_keys = tuple(raw.get("x-kubernetes-list-map-keys", ()))
        self.map_type: str = raw.get("x-kubernetes-map-type", "")
        self.patch_strategy: str = raw.get("x-kubernetes-patch-strategy", "")
        self.patch_merge_key: str = raw.get("x-kubernetes-patch-merge-key", "")
        self.embedded_resource = bool(raw.get("x-kubernetes-embedded-resource"))
        self.nullable = bool(raw.get("nullable"))
        self.required: tuple[str, ...] = tuple(raw.get("required", ()))
        self.enum: tuple[Any, ...] = tuple(raw.get("enum", ()))
        self.has_default = "default" in raw
        self.default: Any = raw.get("default")

    @classmethod
    def from_openapi(cls, raw: Raw, resolve: Resolver | None = None, *, name: str = "") -> "Schema":
        """A schema of a plain dict; `resolve` gives the target of a `$ref` by its last segment."""
        return cls(raw, resolve, name=name)

    @cached_property
    def fields(self) -> dict[str, "Schema"]:
        """The declared properties."""
        properties = self._raw.get("properties", {})
        return {key: self._child(value) for key, value in properties.items()}

    @cached_property
    def items(self) -> "Schema | None":
        """What the elements of a list look like."""
        return self._optional_child("items")

    @cached_property
    def values(self) -> "Schema | None":
        """What the values of a map look like; None when anything may stand there."""
        return self._optional_child("additionalProperties")

    @cached_property
    def may_default(self) -> bool:
        """Whether a default is declared here or below; for plain schemas, without references."""
        return _mentions(self._raw, "default")

    @cached_property
    def may_rule(self) -> bool:
        """Whether a CEL rule is declared here or below; for plain schemas, without references."""
        return _mentions(self._raw, "x-kubernetes-validations")

    @property
    def open(self) -> bool:
        """Whether undeclared keys are part of the data: free-form objects and maps."""
        if self._raw.get("additionalProperties") or self.preserve_unknown:
            return True
        return self.type in ("object", "") and "properties" not in self._raw

    @property
    def description(self) -> str:
        """The text for people; built-in kinds keep it out of memory until it is asked for."""
        return str(self.openapi().get("description", ""))

    @property
    def keywords(self) -> Raw:
        """The raw node with every keyword (pattern, minimum, anyOf, …); read only."""
        return self._raw

    def openapi(self) -> dict[str, Any]:
        """The definition as OpenAPI v3 says it, with descriptions; a fresh dict."""
        return self._document() if self._document else dict(self._raw)

    def at(self, key: str) -> "Schema | None":
        """What stands under a key: a declared property or a map's value."""
        return self.fields.get(key) or self.values

    def _optional_child(self, keyword: str) -> "Schema | None":
        raw = self._raw.get(keyword)
        return self._child(raw) if isinstance(raw, Mapping) and raw else None

    def _child(self, raw: Raw) -> "Schema":
        reference = reference_of(raw)
        if not reference or self._resolve is None:
            return Schema(raw, self._resolve)
        target = self._resolve(reference)
        beside = {key: value for key, value in raw.items() if key in OVERRIDES}
        return target.overridden(beside) if beside else target

    def overridden(self, beside: Raw) -> "Schema":
        """This node with keywords that stand beside a reference to it."""
        merged = Schema(
            {**self._raw, **beside}, self._resolve, name=self.name, document=self._document
        )
        lazy = ("fields", "items", "values")
        merged.__dict__.update({key: self.__dict__[key] for key in lazy if key in self.__dict__})
        return merged


OVERRIDES = frozenset(
    {
        "default",
        "nullable",
        "x-kubernetes-map-type",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-patch-strategy",
        "x-kubernetes-patch-merge-key",
    }
)


def reference_of(raw: Raw) -> str:
    """The last segment of a node's `$ref`, also of one wrapped in a single allOf; "" without."""
    reference = raw.get("$ref")
    if reference is None:
        wrapped = list(raw.get("allOf") or [])
        reference = wrapped[0].get("$ref") if len(wrapped) == 1 else None
    return str(reference).rpartition("/")[2] if reference else ""


def _mentions(raw: Any, keyword: str) -> bool:
    if isinstance(raw, Mapping):
        return keyword in raw or any(_mentions(each, keyword) for each in raw.values())
    return isinstance(raw, list) and any(_mentions(each, keyword) for each in raw)


def _type_of(raw: Raw) -> str:
    declared = raw.get("type", "")
    if isinstance(declared, list):
        return next((word for word in declared if word != "null"), "")
    return str(declared)


ANYTHING = Schema({"x-kubernetes-preserve-unknown-fields": True})
