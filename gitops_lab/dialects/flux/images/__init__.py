"""Image automation: which tags a registry has, which one a policy wants, and writing it to Git."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.fetching import Arrivals
from gitops_lab.dialects.flux.images.automation import Automations
from gitops_lab.dialects.flux.images.policy import Policies
from gitops_lab.dialects.flux.images.repository import ImageRepositories
from gitops_lab.dialects.flux.images.tags import TagDatabase
from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load_all


def definitions() -> Sequence[Object]:
    """The definitions of ImageRepository, ImagePolicy and ImageUpdateAutomation."""
    text = resources.files(__package__).joinpath("definitions.yaml").read_text()
    return [document.obj for document in load_all(text)]


def part(context: Context) -> Part:
    """Their controllers: each wakes the next."""
    tags = TagDatabase()
    automations = Automations(context)
    sources = Arrivals(context, ("GitRepository",))
    sources.subscribe(automations.source_changed)
    policies = Policies(context, tags, resolved=automations.policy_changed)
    repositories = ImageRepositories(context, tags, scanned=policies.scanned)
    return Part((automations, policies, repositories, sources))
