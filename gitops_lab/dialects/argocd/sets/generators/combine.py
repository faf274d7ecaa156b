"""Parameters out of several generators: each with each (matrix), or those that belong together
(merge). Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy

from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.params import Params
from gitops_lab.dialects.gotemplate.maps import merge_over


def pair(first: Params, second: Params, *, go: bool) -> Params:
    """One parameter set out of two; the first wins with Go templates. Raises SetError."""
    if go:
        return merge_over(deepcopy(second), first)
    for key, value in second.items():
        if key in first and first[key] != value:
            raise SetError(
                "failed to combine string maps with merging params for the matrix generator: "
                f"found duplicate key {key} with different value, a: {first[key]} ,b: {value}"
            )
    return {**first, **second}


def merged(keys: Sequence[str], sets: Sequence[Sequence[Params]], *, go: bool) -> list[Params]:
    """The first generator's parameter sets, each with what the others have for the same keys."""
    if not keys:
        raise SetError("no merge keys were specified, Merge requires at least one")
    base = _by_keys(keys, sets[0])
    for others in sets[1:]:
        for key, override in _by_keys(keys, others).items():
            if key in base:
                mine = base[key]
                base[key] = merge_over(deepcopy(mine), override) if go else {**mine, **override}
    return list(base.values())


def _by_keys(keys: Sequence[str], sets: Iterable[Params]) -> dict[str, Params]:
    found: dict[str, Params] = {}
    for params in sets:
        values: Mapping[str, object] = {key: params.get(key) for key in sorted(set(keys))}
        key = json.dumps(values, separators=(",", ":"))
        if key in found:
            raise SetError(
                "the parameters from a generator were not unique by the given mergeKeys, Merge "
                f"requires all param sets to be unique. Duplicate key was {key}"
            )
        found[key] = params
    return found
