"""ConfigMap, Secret, Namespace."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    required,
    too_long,
)
from gitops_lab.apiserver.validation.metadata import check_finalizer

Fields = dict[str, Any]
Problems = Iterator[FieldError]
MOST_BYTES = 1024 * 1024
IMMUTABLE = "field is immutable"
FROZEN = "field is immutable when `immutable` is set"


def config_map(new: Fields, old: Fields | None) -> Problems:
    """Keys that can be file names, a megabyte at most, frozen when it says so."""
    if old is not None:
        yield from _frozen(new, old, ("data", "binaryData"))
    data, binary = new.get("data", {}), new.get("binaryData", {})
    size = 0
    for key, value in data.items():
        for why in names.config_key(key):
            yield invalid(f"data[{key}]", key, why)
        if key in binary:
            yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        size += len(value.encode())
    for key, value in binary.items():
        for why in names.config_key(key):
            yield invalid(f"binaryData[{key}]", key, why)
        size += len(base64.b64decode(value or ""))
    if size > MOST_BYTES:
        yield too_long("", MOST_BYTES)


def _frozen(new: Fields, old: Fields, parts: tuple[str, ...]) -> Problems:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        yield forbidden("immutable", FROZEN)
    for part in parts:
        if new.get(part, {}) != old.get(part, {}):
            yield forbidden(part, FROZEN)


REQUIRED_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
SERVICE_ACCOUNT = "kubernetes.io/service-account.name"


def secret(new: Fields, old: Fields | None) -> Problems:
    """Like a ConfigMap, with a type that can't change and what the type asks for."""
    kind = new.get("type", "")
    if old is not None:
        if kind != old.get("type", ""):
            yield invalid("type", kind, IMMUTABLE)
        yield from _frozen(new, old, ("data",))
    data = new.get("data", {})
    for key in data:
        for why in names.config_key(key):
            yield invalid(f"data[{key}]", key, why)
    if sum(len(base64.b64decode(value or "")) for value in data.values()) > MOST_BYTES:
        yield too_long("data", MOST_BYTES)
    yield from _of_type(kind, data, new["metadata"])


def _of_type(kind: str, data: Fields, metadata: Fields) -> Problems:
    for key in REQUIRED_KEYS.get(kind, ()):
        if key not in data or (kind == "kubernetes.io/ssh-auth" and not data[key]):
            yield required(f"data[{key}]")
        elif key.startswith(".docker"):
            yield from _json_object(data[key], f"data[{key}]")
    if kind == "kubernetes.io/basic-auth" and not data.keys() & {"username", "password"}:
        yield required("data[username]")
        yield required("data[password]")
    account = metadata.get("annotations", {}).get(SERVICE_ACCOUNT)
    if kind == "kubernetes.io/service-account-token" and not account:
        yield required(f"metadata.annotations[{SERVICE_ACCOUNT}]")


def _json_object(value: str, path: str) -> Problems:
    try:
        fits = isinstance(json.loads(base64.b64decode(value or "")), dict)
        why = "json: cannot unmarshal into Go value of type map[string]interface {}"
    except ValueError as error:
        fits, why = False, str(error)
    if not fits:
        yield invalid(path, "<secret contents redacted>", why)


def namespace(new: Fields, old: Fields | None) -> Problems:
    """Finalizers with names."""
    for index, name in enumerate(new.get("spec", {}).get("finalizers", ())):
        place = "spec.finalizers" if old is None else f"spec.finalizers[{index}]"
        yield from check_finalizer(name, place, place)
