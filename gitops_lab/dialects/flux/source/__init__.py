"""Flux's Git sources."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.dialects.flux.source.gitrepository import GitRepositories
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> Sequence[Object]:
    """The definition of GitRepository."""
    return [load(resources.files(__package__).joinpath("gitrepository.yaml").read_text())]


def part(context: Context) -> Part:
    """The controller of GitRepositories."""
    repositories = GitRepositories(context)
    return Part((repositories.controller,), repositories.pushed)
