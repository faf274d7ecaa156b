"""The definition of ApplicationSet, in our own words."""

from importlib import resources

from gitops_lab.dialects.argocd.application.crd import spec
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> list[Object]:
    """The CustomResourceDefinition of ApplicationSet."""
    text = resources.files(__package__).joinpath("applicationset.yaml").read_text()
    definition: Object = load(text, file="applicationset.yaml")
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    template = schema["properties"]["spec"]["properties"]["template"]
    template["properties"]["spec"] = spec()
    return [definition]
