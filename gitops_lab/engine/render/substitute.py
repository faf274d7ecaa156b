"""Post-build substitution: `${…}` in the strings of rendered objects, by an App's variables.

A value that is one expression and nothing else may become a number or a boolean, as
`replicas: ${replicas:=2}` asks for, but not where Kubernetes takes text alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitops_lab.engine.app import GROUP
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.expressions import BadExpression, NotSet, expand
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.engine.source_spec import PostBuild
from gitops_lab.errors import Place
from gitops_lab.kube.objects import Object, annotations_of

OPT_OUT = (f"{GROUP}/substitute", "kustomize.toolkit.fluxcd.io/substitute")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+\Z")
_TEXT_OF = {"ConfigMap": {"data", "binaryData"}, "Secret": {"data", "stringData"}}
_TEXT_KEYS = frozenset({"metadata", "matchLabels", "selector", "nodeSelector", "args", "command"})


def substituted(
    objects: list[RenderedObject], post_build: PostBuild, variables: Mapping[str, str]
) -> list[RenderedObject]:
    """The objects with their variables filled in. Raises RenderError."""
    known = {**variables, **post_build.values}
    return [
        item
        if _opted_out(item.obj)
        else RenderedObject(_filled(item, known, post_build.strict), item.file, item.line)
        for item in objects
    ]


def _opted_out(obj: Object) -> bool:
    marks = {**annotations_of(obj), **((obj["metadata"].get("labels")) or {})}
    return any(marks.get(name) == "disabled" for name in OPT_OUT)


def _filled(item: RenderedObject, known: Mapping[str, str], strict: bool) -> Object:
    place = Place(item.file, item.line, str(item.key))
    text_of = _TEXT_OF.get(item.obj["kind"], set())

    def fill(text: str, field: str) -> str:
        try:
            return expand(text, known, strict=strict)
        except NotSet as error:
            raise RenderError(
                f"the variable {error} is not set, and has no default.",
                reason="VariableNotSet",
                place=Place(place.file, place.line, place.object, field),
                hint=f"Set it in spec.postBuild, or write ${{{error}:=a default}}; "
                f"$${{{error}}} is left as it is.",
            ) from error
        except BadExpression as error:
            raise RenderError(
                f"{text!r} can't be read as an expression: {error}.",
                reason="BadExpression",
                place=Place(place.file, place.line, place.object, field),
                hint="Write $${…} for text that is no variable.",
            ) from error

    walker = _Walker(fill)
    return {
        key: walker.walk(value, key, text=key in text_of or key in _TEXT_KEYS)
        for key, value in item.obj.items()
    }


class _Walker:
    def __init__(self, fill: Callable[[str, str], str]) -> None:
        self._fill = fill

    def walk(self, value: Any, field: str, *, text: bool) -> Any:
        """A value with its strings filled in; `text` forbids that one becomes a number."""
        if isinstance(value, str):
            return self._scalar(value, field, text)
        if isinstance(value, list):
            return [self.walk(v, f"{field}[{i}]", text=text) for i, v in enumerate(value)]
        if isinstance(value, dict):
            return self._mapping(value, field, text)
        return value

    def _mapping(self, value: dict[str, Any], field: str, text: bool) -> dict[str, Any]:
        variable = {"name", "value"} >= value.keys()  # an entry of env
        return {
            self._fill(key, field) if "${" in key else key: self.walk(
                inner, f"{field}.{key}", text=text or variable or key in _TEXT_KEYS
            )
            for key, inner in value.items()
        }

    def _scalar(self, value: str, field: str, text: bool) -> Any:
        if "${" not in value:
            return value
        filled = self._fill(value, field)
        alone = value.startswith("${") and value.endswith("}")
        return filled if text or not alone else _typed(filled)


def _typed(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text
