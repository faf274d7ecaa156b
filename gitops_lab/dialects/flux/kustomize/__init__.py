"""Flux's Kustomization."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.kustomize.reconciler import Kustomizations
from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> Sequence[Object]:
    """The definition of Kustomization."""
    return [load(resources.files(__package__).joinpath("kustomization.yaml").read_text())]


def part(context: Context) -> Part:
    """The controller of Kustomizations; they hear of pushes through their sources."""
    return Part((Kustomizations(context),))
