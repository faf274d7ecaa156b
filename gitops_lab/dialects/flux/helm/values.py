"""The values of a release: from ConfigMaps and Secrets in order, then those of the HelmRelease."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import yaml

from gitops_lab.dialects.flux.helm.setting import BadPath, set_value
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.yamls import YamlError, load

Values = dict[str, Any]
EMPTY_DIGEST = f"sha256:{hashlib.sha256().hexdigest()}"


class ValuesError(GitOpsLabError):
    """A reference that gives no values; the message is helm-controller's."""

    default_reason = "ValuesError"


def composed(client: Client, namespace: str, spec: Mapping[str, Any]) -> Values:
    """The values of a HelmRelease's spec. Raises ValuesError and ApiError."""
    own: Values = spec.get("values") or {}
    result: Values = {}
    for reference in spec.get("valuesFrom") or []:
        text = _text(client, namespace, reference)
        if text is None:
            continue
        if path := reference.get("targetPath"):
            result = merged(result, own)
            try:
                set_value(result, path, text, literal=bool(reference.get("literal")))
            except BadPath as error:
                raise _error(namespace, reference, f"unable to merge value: {error}") from error
        else:
            result = merged(result, _read(namespace, reference, text))
    return merged(result, own)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    """Both, maps together and everything else replaced by the second."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def digest(values: Mapping[str, Any] | None) -> str:
    """`sha256:…` of the values as YAML with sorted keys; of nothing when there are none."""
    if not values:
        return EMPTY_DIGEST
    text = yaml.safe_dump(dict(values), default_flow_style=False, allow_unicode=True, width=10**6)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _text(client: Client, namespace: str, reference: Mapping[str, Any]) -> str | None:
    """The text behind a reference; None when it is optional and not there."""
    optional = bool(reference.get("optional"))
    kind, name = str(reference.get("kind")), str(reference.get("name"))
    try:
        holder = client.get("v1", kind, name, namespace)
    except NotFound as error:
        if optional:
            return None
        raise _error(namespace, reference, error.message) from error
    key = reference.get("valuesKey") or "values.yaml"
    text = _entry(holder, key)
    if text is None and not optional:
        raise _error(namespace, reference, "key not found")
    return text


def _entry(holder: Object, key: str) -> str | None:
    data = holder.get("data") or {}
    if key not in data:
        return None
    if holder["kind"] == "Secret":
        return base64.b64decode(data[key]).decode("utf-8", "replace")
    return str(data[key])


def _read(namespace: str, reference: Mapping[str, Any], text: str) -> Values:
    try:
        values = load(text)
    except YamlError as error:
        raise _error(namespace, reference, f"unable to read values: {error.message}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise _error(namespace, reference, "unable to read values: they are no mapping")
    return values


def _error(namespace: str, reference: Mapping[str, Any], what: str) -> ValuesError:
    key = reference.get("valuesKey") or "values.yaml"
    return ValuesError(
        f"could not resolve {reference.get('kind')} chart values reference "
        f"'{namespace}/{reference.get('name')}' with key '{key}': {what}",
        hint="Create what spec.valuesFrom names, or mark the reference `optional: true`.",
    )
