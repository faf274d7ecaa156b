"""Where charts come from: HelmRepository and HelmChart."""

from collections.abc import Sequence
from importlib import resources

from gitops_lab.dialects.flux.charts.helmchart import HelmCharts
from gitops_lab.dialects.flux.charts.helmrepository import helm_repositories
from gitops_lab.dialects.flux.part import Context, Part
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import load

_FILES = ("helmrepository.yaml", "helmchart.yaml")


def definitions() -> Sequence[Object]:
    """The definitions of HelmRepository and HelmChart."""
    return [load(resources.files(__package__).joinpath(file).read_text()) for file in _FILES]


def part(context: Context) -> Part:
    """Their controllers."""
    charts = HelmCharts(context)
    return Part((helm_repositories(context), charts, charts.arrivals))
