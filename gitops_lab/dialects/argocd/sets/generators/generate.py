"""All generators of an ApplicationSet, in the order in which they are written."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.generators import clusters, combine, git, lists
from gitops_lab.dialects.argocd.sets.generators.inputs import Inputs
from gitops_lab.dialects.argocd.sets.params import Filler, Params, flat
from gitops_lab.dialects.argocd.sets.selector import matches

OUTSIDE = {
    "scmProvider": "it asks a hosting service for its repositories",
    "pullRequest": "it asks a hosting service for its pull requests",
    "clusterDecisionResource": "it reads decisions of another controller",
    "plugin": "it calls a service of one's own",
}
"""Generators that need something outside of a workspace; refused by name."""
KINDS = ("list", "clusters", "git", "matrix", "merge", *OUTSIDE)
_GIT_SECONDS = 180.0


@dataclass(frozen=True)
class Generated:
    """The parameter sets of one generator, and the template that it brings along ({}: none)."""

    params: tuple[Params, ...]
    template: Mapping[str, Any]


def generate(
    generators: Sequence[Mapping[str, Any]], filler: Filler, inputs: Inputs
) -> list[Generated]:
    """What all generators give. Raises SetError."""
    found = []
    for generator in generators:
        for kind in _kinds(generator):
            spec = generator[kind] or {}
            params = _selected(generator, _params(kind, spec, filler, inputs))
            found.append(Generated(tuple(params), spec.get("template") or {}))
    return found


def requeue(generators: Sequence[Mapping[str, Any]]) -> float | None:
    """Seconds until the generators are asked again: the git generator's 3 minutes, or less."""
    found: list[float] = []
    for generator in generators:
        for kind in _kinds(generator):
            spec = generator[kind] or {}
            if kind == "git":
                asked = spec.get("requeueAfterSeconds")
                found.append(_GIT_SECONDS if asked is None else float(asked))
            elif kind in ("matrix", "merge"):
                inner = requeue(spec.get("generators") or [])
                found += [] if inner is None else [inner]
    return min(found, default=None)


def _kinds(generator: Mapping[str, Any]) -> list[str]:
    return [kind for kind in KINDS if generator.get(kind) is not None]


def _params(kind: str, spec: Mapping[str, Any], filler: Filler, inputs: Inputs) -> list[Params]:
    if kind in OUTSIDE:
        raise SetError(
            f"the generator {kind} is not supported here: {OUTSIDE[kind]}.",
            hint="Use list, clusters, git, matrix or merge.",
        )
    if kind == "list":
        return lists.generate(spec, filler)
    if kind == "clusters":
        return clusters.generate(spec, filler, inputs)
    if kind == "git":
        return git.generate(spec, filler, inputs)
    inner: list[Mapping[str, Any]] = list(spec.get("generators") or [])
    if kind == "matrix":
        return _matrix(inner, filler, inputs)
    if len(inner) < 2:
        raise SetError("found less than two generators, Merge requires two or more")
    sets = [_child(one, filler, inputs, {}) for one in inner]
    keys = [str(key) for key in spec.get("mergeKeys") or []]
    try:
        return combine.merged(keys, sets, go=filler.go)
    except SetError as error:
        raise SetError(f"error getting param sets by merge key: {error.message}") from error


def _matrix(inner: Sequence[Mapping[str, Any]], filler: Filler, inputs: Inputs) -> list[Params]:
    if len(inner) < 2:
        raise SetError("found less than two generators, Matrix support only two")
    if len(inner) > 2:
        raise SetError("found more than two generators, Matrix support only two")
    return [
        combine.pair(first, second, go=filler.go)
        for first in _child(inner[0], filler, inputs, {})
        for second in _child(inner[1], filler, inputs, first)
    ]


def _child(
    generator: Mapping[str, Any], filler: Filler, inputs: Inputs, outer: Params
) -> list[Params]:
    """The parameters of a generator within another, whose texts may use those of the first."""
    kinds = _kinds(generator)
    if len(kinds) != 1:
        raise SetError(
            "child generator generated no parameters"
            if not kinds
            else "found more than one generator in a nested generator"
        )
    filled = filler.value(deepcopy(dict(generator)), outer) if outer else generator
    return _selected(filled, _params(kinds[0], filled[kinds[0]] or {}, filler, inputs))


def _selected(generator: Mapping[str, Any], params: Sequence[Params]) -> list[Params]:
    selector = generator.get("selector")
    if selector is None:
        return list(params)
    return [one for one in params if matches(selector, flat(one))]
