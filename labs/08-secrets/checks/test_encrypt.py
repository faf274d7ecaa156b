import base64

from gitops_lab.checks import Encrypted, HasField, Named, Synced

DATABASE = Named("Secret", "database", "shop")


def test_works(expect, parameters):
    """The cluster has the password as before"""
    value = base64.b64encode(parameters["password"].encode()).decode()
    expect(HasField(DATABASE, "data.password", value, app="shop"))


def test_git(expect, parameters):
    """Git has the password only encrypted"""
    expect(Encrypted("shop", "deploy/database.yaml", (parameters["password"],)))


def test_synced(expect):
    """The engine can open what is in Git"""
    expect(Synced("shop"))
