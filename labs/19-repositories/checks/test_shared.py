import pytest

from gitops_lab.checks import (
    Both,
    HasField,
    Named,
    OwnedByGit,
    RepositoryField,
    Synced,
    TouchedOnly,
)


@pytest.mark.parametrize("team", ["shop", "blog"])
def test_phone(expect, parameters, team):
    """Both pages have the number, from Git"""
    settings = Named("ConfigMap", "settings", team)
    number = HasField(settings, "data.phone", parameters["phone"], app=team)
    expect(Both(number, OwnedByGit(settings, "data.phone", app=team), Synced(team)))


def test_once(expect, parameters):
    """It stands in one place: in the base"""
    there = RepositoryField("platform", "base/settings.yaml", "data.phone", parameters["phone"])
    expect(Both(there, TouchedOnly("platform", ("base",))))
