"""Helm releases, as Flux's helm-controller keeps them, made by the `helm` program itself.

`spec` reads a HelmRelease, `values` puts its values together, `program` runs helm, `storage` reads
the releases that helm has written, `history` remembers them in the status. `state` compares the two
and `atomic` decides what to do next; `actions` does it. `controller` has all that comes before.
"""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load


def definitions() -> Sequence[Object]:
    """The definition of HelmRelease."""
    return [load(resources.files(__package__).joinpath("helmrelease.yaml").read_text())]


def part(context: Context) -> Part:
    """The controller of HelmReleases."""
    # Late: this package's parts are also used by those that only build charts.
    from gitops_lab.dialects.flux.helm.controller import HelmReleases

    releases = HelmReleases(context)
    return Part((releases, releases.arrivals))
