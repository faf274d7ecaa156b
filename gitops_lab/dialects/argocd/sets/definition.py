"""The definition of ApplicationSet, in our own words."""

from importlib import resources

from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> list[Object]:
    """The CustomResourceDefinition of ApplicationSet."""
    text = resources.files(__package__).joinpath("applicationset.yaml").read_text()
    return [load(text, file="applicationset.yaml")]
