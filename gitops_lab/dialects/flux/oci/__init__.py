"""OCIRepository: an artifact in a registry as the source of others."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.oci.ocirepository import OCIRepositories
from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> Sequence[Object]:
    """The definition of OCIRepository."""
    return [load(resources.files(__package__).joinpath("ocirepository.yaml").read_text())]


def part(context: Context) -> Part:
    """Its controller."""
    return Part((OCIRepositories(context),))
