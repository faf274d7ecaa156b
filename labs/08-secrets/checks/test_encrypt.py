import base64
from dataclasses import dataclass

from gitops_lab.checks import HasField, Named, Sight, Synced
from gitops_lab.checks.repositories import read

FILE = "deploy/database.yaml"
DATABASE = Named("Secret", "database", "shop")


@dataclass(frozen=True)
class Encrypted:
    """No value of the Secret can be read in Git."""

    password: str

    def look(self, world):
        expected = f"the values in {FILE} on main are encrypted"
        text = read(world, "shop", "main", FILE)
        if text is None:
            return Sight(False, f"main has no file {FILE}", expected, "commit", change=FILE)
        shown = (self.password, base64.b64encode(self.password.encode()).decode())
        if any(value in text for value in shown) or "ENC[AES256_GCM," not in text:
            return Sight(False, "the password is not encrypted", expected, "commit", change=FILE)
        return Sight(True, "nobody can read them", expected)


def test_works(expect, parameters):
    """The cluster has the password as before"""
    value = base64.b64encode(parameters["password"].encode()).decode()
    expect(HasField(DATABASE, "data.password", value, app="shop"))


def test_git(expect, parameters):
    """Git has the password only encrypted"""
    expect(Encrypted(parameters["password"]))


def test_synced(expect):
    """The engine can open what is in Git"""
    expect(Synced("shop"))
