"""The list generator: parameters written in the ApplicationSet itself."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.params import Filler, Params
from gitops_lab.kube import yamls
from gitops_lab.kube.yamls import YamlError


def generate(spec: Mapping[str, Any], filler: Filler) -> list[Params]:
    """A parameter set for each element. Raises SetError."""
    elements = [*(spec.get("elements") or []), *_from_yaml(spec.get("elementsYaml") or "")]
    found = []
    for element in elements:
        if not isinstance(element, Mapping):
            raise SetError(f"error unmarshling decoded ElementsYaml {element!r}: it is no mapping")
        found.append(dict(element) if filler.go else _flat(element))
    return found


def _flat(element: Mapping[str, Any]) -> Params:
    params: Params = {}
    for key, value in element.items():
        if key == "values":
            if not isinstance(value, Mapping):
                raise SetError("error parsing values map")
            params |= {
                f"values.{name}": _text(f"values.{name}", one) for name, one in value.items()
            }
        else:
            params[str(key)] = _text(str(key), value)
    return params


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SetError(
            f"error parsing value as string: {key} is {value!r}; only goTemplate takes other values"
        )
    return value


def _from_yaml(text: str) -> list[Any]:
    if not text:
        return []
    try:
        found = yamls.load(text)
    except YamlError as error:
        raise SetError(f"error unmarshling decoded ElementsYaml {error.message}") from error
    if not isinstance(found, list):
        raise SetError("error unmarshling decoded ElementsYaml: it is no list")
    return found
