import pytest

from gitops_lab.checks import RepositoryField

LINKS = {
    "north": "revision",
    "east": "render",
    "south": "diff",
    "west": "apply",
    "centre": "health",
    "harbour": "diff",
}


@pytest.mark.parametrize("name", LINKS)
def test_link(expect, name):
    """The broken link of each shop is found"""
    expect(RepositoryField("fleet", "diagnosis.yaml", name, LINKS[name]))


def test_missing(expect, parameters):
    """The image that can't be pulled is found"""
    image = f"gitops-lab/web:{parameters['tag']}"
    expect(RepositoryField("fleet", "diagnosis.yaml", "missing", image))
