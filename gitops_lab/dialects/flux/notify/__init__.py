"""Notifications: Alerts that tell Providers what the controllers say, Receivers of webhooks."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.notify.alerts import Alerts
from gitops_lab.dialects.flux.notify.receiver import Receivers
from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load_all


def definitions() -> Sequence[Object]:
    """The definitions of Provider, Alert and Receiver."""
    text = resources.files(__package__).joinpath("definitions.yaml").read_text()
    return [document.obj for document in load_all(text)]


def part(context: Context) -> Part:
    """What runs for them."""
    return Part((Alerts(context), Receivers(context)))
