"""Filling an ApplicationSet's templates: `{{name}}`, or Go's templates. Pure.

A parameter set is a mapping. Without Go templates it is flat, all of its values are texts, and a
parameter that is not there stays as it stands: `{{nope}}`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.sets.errors import RENDERING, SetError
from gitops_lab.dialects.gotemplate import Function, TemplateError, from_json, render
from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.values import text, to_json
from gitops_lab.kube import yamls
from gitops_lab.kube.yamls import YamlError

Params = dict[str, Any]
_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NOT_IN_NAMES = re.compile(r"[^-a-z0-9.]")
_LONGEST_NAME = 253


@dataclass(frozen=True)
class Filler:
    """How one ApplicationSet's templates are filled."""

    go: bool = False
    options: Sequence[str] = ()

    def text(self, template: str, params: Params) -> str:
        """A text with its parameters. Raises SetError."""
        if not params or "{{" not in template:
            return template
        return self._go(template, params) if self.go else _plain(template, params)

    def value(self, value: Any, params: Params) -> Any:
        """Likewise all texts in a value, the keys of mappings among them."""
        if isinstance(value, str):
            return self.text(value, params)
        if isinstance(value, Mapping):
            return {
                self.text(str(key), params): self.value(item, params) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, params) for item in value]
        return value

    def with_values(self, values: Mapping[str, Any], params: Params) -> Params:
        """The parameters and a generator's `values`, which may use them."""
        filled = {str(key): self.text(str(value), params) for key, value in values.items()}
        if not filled:
            return params
        if self.go:
            return {**params, "values": filled}
        return {**params, **{f"values.{key}": value for key, value in filled.items()}}

    def _go(self, template: str, params: Params) -> str:
        try:
            return render(template, from_json(params), options=self.options, functions=_FUNCTIONS)
        except TemplateError as error:
            at_parsing = ": executing " not in error.message
            what = (
                f"failed to parse template {template}"
                if at_parsing
                else f"failed to execute go template {template}"
            )
            raise SetError(f"{what}: {error.message}", reason=RENDERING) from error


def sanitized(name: str) -> str:
    """A name as Kubernetes takes it: small letters, digits, dashes and dots."""
    name = _NOT_IN_NAMES.sub("-", name.lower())
    return name[:_LONGEST_NAME].strip("-_.")


def slug(*arguments: Any) -> str:
    """`slugify [most [smart]] name`: a name for a host; a smart cut does not break words."""
    *rest, last = arguments or ("",)
    most = int(rest[0]) if rest else 50
    smart = bool(rest[1]) if len(rest) > 1 else False
    plain = text(last).strip().replace("&", "and").replace("@", "at")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"-+", "-", re.sub(r"[^a-z0-9_-]", "-", plain)).strip("-_")
    if len(found) <= most:
        return found
    return _whole_words(found, most) if smart else found[:most]


def _whole_words(name: str, most: int) -> str:
    first, *words = name.split("-")
    if len(first) > most:
        return first[:most]
    found = first
    for word in words:
        if len(found) + len(word) + 1 > most:
            break
        found = f"{found}-{word}"
    return found


def flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested values as `a.b.0: text`."""
    found: dict[str, str] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        nested = dict(enumerate(item)) if isinstance(item, list) else item
        if isinstance(nested, Mapping) and nested:
            found |= flat({str(one): part for one, part in nested.items()}, f"{name}.")
        else:
            found[name] = text(from_json(item))
    return found


def _plain(template: str, params: Params) -> str:
    if "{{" in _TAG.sub("", template):
        tail = template[template.rindex("{{") :]
        raise SetError(
            f'failed to parse template: Cannot find end tag="}}}}" in the template={template!r} '
            f"starting from {tail!r}",
            reason=RENDERING,
        )

    def fill(match: re.Match[str]) -> str:
        value = params.get(match[1].strip())
        return value if isinstance(value, str) else match[0]

    return _TAG.sub(fill, template)


def _to_yaml(value: Any) -> str:
    return yamls.dump(to_json(value)).removesuffix("\n")


def _from_yaml(value: str) -> Any:
    try:
        found = from_json(yamls.load(value))
    except YamlError as error:
        raise CallError(error.message) from error
    if not isinstance(found, dict):
        raise CallError("the text is no mapping")
    return found


def _from_yaml_list(value: str) -> Any:
    try:
        found = from_json(yamls.load(value))
    except YamlError as error:
        raise CallError(error.message) from error
    if not isinstance(found, list):
        raise CallError("the text is no list")
    return found


_FUNCTIONS = {
    "normalize": Function("s", sanitized),
    "slugify": Function("a*", slug),
    "toYaml": Function("a", _to_yaml),
    "fromYaml": Function("s", _from_yaml),
    "fromYamlArray": Function("s", _from_yaml_list),
}
"""What Argo CD adds to Sprig's functions."""
