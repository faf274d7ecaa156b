from dataclasses import dataclass

from gitops_lab.checks import Sight
from gitops_lab.checks.repositories import read
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls

FILE = "missing.yaml"


def plain(entry):
    """`deployment.apps/web` and `Deployment/web` are the same."""
    kind, _, name = str(entry).strip().partition("/")
    return f"{kind.partition('.')[0].lower()}/{name.strip()}"


@dataclass(frozen=True)
class Listed:
    """The list of what is missing has these, and with `only` nothing else."""

    names: tuple
    only: bool = False

    def look(self, world):
        what = " and ".join(self.names)
        expected = f"{FILE} lists {'nothing but ' if self.only else ''}{what}"
        try:
            document = yamls.load(read(world, "shop", "main", FILE) or "", file=FILE)
        except GitOpsLabError as error:
            return Sight(False, error.paragraph(), expected, "commit", change=FILE)
        listed = document.get("missing") if isinstance(document, dict) else None
        found = {plain(entry) for entry in listed or ()}
        wanted = set(self.names)
        missing, extra = sorted(wanted - found), sorted(found - wanted)
        if missing:
            return Sight(False, f"it leaves out {len(missing)}", expected, "commit", change=FILE)
        if self.only and extra:
            seen = f"it lists {extra[0]}, which is there"
            return Sight(False, seen, expected, "commit", change=FILE)
        return Sight(True, "it does", expected)


def test_complete(expect, parameters):
    """Everything that Git did not bring back is on the list"""
    told = "everything from last night's inventory that is not in the cluster"
    sight = Listed(("secret/payment", "configmap/orders", f"deployment/{parameters['job']}"))
    expect(Hidden(sight, told))


def test_nothing_else(expect, parameters):
    """What Git did bring back is not"""
    names = ("secret/payment", "configmap/orders", f"deployment/{parameters['job']}")
    expect(Hidden(Listed(names, only=True), "nothing that is there"))


@dataclass(frozen=True)
class Hidden:
    """A check that doesn't give its answer away."""

    check: Listed
    told: str

    def look(self, world):
        return self.check.look(world).but(expected=f"{FILE} lists {self.told}")
