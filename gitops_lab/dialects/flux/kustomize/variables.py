"""Post-build substitution: `${…}` in the text of each object, as kustomize-controller has it.

It works on the YAML of an object and not on its strings: a value that is a number after it is a
number, wherever it stands.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.flux.kustomize.failures import BUILD, Failed
from gitops_lab.dialects.flux.ssa.drift import marked
from gitops_lab.engine.render.expressions import BadExpression, NotSet, expand
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import name_of, split_api_version
from gitops_lab.kube.yamls import YamlError, dump, load

_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*\Z")
_OPT_OUT = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}


def substitute(
    objects: list[Object], post_build: Mapping[str, Any], client: Client, namespace: str
) -> list[Object]:
    """The objects with their variables filled in. Raises Failed with BuildFailed."""
    return [
        obj if marked(obj, _OPT_OUT) else _filled(obj, post_build, client, namespace)
        for obj in objects
    ]


def _filled(obj: Object, post_build: Mapping[str, Any], client: Client, namespace: str) -> Object:
    try:
        variables = _variables(post_build, client, namespace)
        if not variables and post_build.get("substituteStrategy") != "Always":
            return obj
        filled: Object = load(_expanded(dump(obj), variables))
    except (_Bad, YamlError) as error:
        told = f"post build failed for '{_gvk(obj)}/{name_of(obj)}': {error}"
        raise Failed(BUILD, told) from error
    return filled


class _Bad(Exception):
    pass


def _variables(post_build: Mapping[str, Any], client: Client, namespace: str) -> dict[str, str]:
    """Later sources win over earlier ones, and what stands in the resource over all of them."""
    found: dict[str, str] = {}
    for one in post_build.get("substituteFrom") or []:
        try:
            source = client.get("v1", one["kind"], one["name"], namespace)
        except NotFound as error:
            if one.get("optional"):
                continue
            raise _Bad(_missing(one, error)) from error
        except ApiError as error:
            raise _Bad(_missing(one, error)) from error
        for name, value in (source.get("data") or {}).items():
            found[name] = _plain(value, secret=one["kind"] == "Secret")
    found |= {name: str(value) for name, value in (post_build.get("substitute") or {}).items()}
    return {name: value.replace("\n", "") for name, value in found.items()}


def _missing(one: Mapping[str, Any], error: ApiError) -> str:
    return f"substitute from '{one['kind']}/{one['name']}' error: {error.message}"


def _plain(value: str, *, secret: bool) -> str:
    return base64.b64decode(value).decode("utf-8", "replace") if secret else value


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    told = "envsubst error: "
    for name in variables:
        if not _NAME.match(name):
            rule = "^[_[:alpha:]][_[:alpha:][:digit:]]*$"
            raise _Bad(f"{told}'{name}' var name is invalid, must match '{rule}'")
    try:
        return expand(text, variables, strict=True)
    except NotSet as error:
        unset = f'variable not set (strict mode): "{error}"'
        raise _Bad(f"{told}variable substitution failed: {unset}") from error
    except BadExpression as error:
        raise _Bad(f"{told}variable substitution failed: {error}") from error


def _gvk(obj: Object) -> str:
    """As kustomize writes it: `Deployment.v1.apps`, `ConfigMap.v1.[noGrp]`."""
    group, version = split_api_version(obj["apiVersion"])
    return f"{obj['kind']}.{version}.{group or '[noGrp]'}"
