"""Bytes made by atheris for what reads a request: only refusals that a client gets may come back.

Usage: python -m scripts.fuzzing.bytes TARGET [-max_total_time=SECONDS] [-seed=N] …
"""

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["gitops_lab"]):
    from gitops_lab.apiserver import patch, protobuf
    from gitops_lab.apiserver.patch.errors import PatchError
    from gitops_lab.apiserver.rules.program import CelError, compiled
    from gitops_lab.apiserver.rules.structs import as_maps
    from gitops_lab.apiserver.selectors import parse_labels
    from gitops_lab.apiserver.status import StatusError
    from gitops_lab.apiserver.tables.jsonpath import parse
    from gitops_lab.apiserver.types.definitions import builtin_definitions
    from gitops_lab.apiserver.types.golang import DecodeError, normal_form
    from gitops_lab.apiserver.types.quantity import QuantityError, parse_quantity
    from gitops_lab.apiserver.validation.addresses import network_form
    from gitops_lab.apiserver.verbs.decoding import from_json, from_yaml, plain

POD = "io.k8s.api.core.v1.Pod"
DEPLOYMENT = "io.k8s.api.apps.v1.Deployment"
LIVE = {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}}}
REFUSED = (ValueError, StatusError, DecodeError, PatchError, QuantityError, CelError)


def _json(data: bytes) -> None:
    obj = plain(from_json(data, strict=True))
    if isinstance(obj, dict):
        normal_form(obj, POD)


def _yaml(data: bytes) -> None:
    from_yaml(data)


def _protobuf(data: bytes) -> None:
    protobuf.decode(b"k8s\x00" + data)


def _strategic(data: bytes) -> None:
    change = from_json(data, strict=False)
    patch.strategic_merge(LIVE, change, builtin_definitions().schema(DEPLOYMENT))


def _json_patch(data: bytes) -> None:
    patch.json_patch(LIVE, from_json(data, strict=False))


def _texts(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (parse_quantity, parse_labels, parse, compiled, as_maps, network_form):
        try:
            read(text)  # type: ignore[operator]
        except REFUSED:
            continue


TARGETS: dict[str, Callable[[bytes], None]] = {
    "json": _json,
    "yaml": _yaml,
    "protobuf": _protobuf,
    "strategic": _strategic,
    "json-patch": _json_patch,
    "texts": _texts,
}


def main() -> None:
    """Hand the target's name's function to the fuzzer."""
    read = TARGETS[sys.argv.pop(1)]

    def once(data: bytes) -> None:
        try:
            read(data)
        except REFUSED:
            return

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
