"""The definitions of our own resources, as YAML."""

from importlib import resources

from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def gitops_app() -> Object:
    """The CustomResourceDefinition of GitOpsApp."""
    text = resources.files(__package__).joinpath("gitopsapp.yaml").read_text()
    definition: Object = load(text, file="gitopsapp.yaml")
    return definition
