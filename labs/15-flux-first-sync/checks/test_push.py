from dataclasses import dataclass

from gitops_lab.checks import Both, FluxReady, HasField, Named, RepositoryField, Sight

FILE = "deploy/configmap.yaml"
CONFIG = Named("ConfigMap", "web-config", "web")


@dataclass(frozen=True)
class GitSays:
    """The file in Git says so."""

    greeting: str

    def look(self, world):
        expected = f"Git says “{self.greeting}”"
        passed = RepositoryField("web", FILE, "data.message", self.greeting).look(world).passed
        seen = "it does" if passed else "Git does not say so"
        return Sight(passed, seen, expected, change=FILE)


def test_push(expect, parameters):
    """The page says what Git says"""
    greeting = parameters["greeting"]
    fetched = FluxReady("Kustomization", "web", repo="web")
    expect(Both(GitSays(greeting), fetched, HasField(CONFIG, "data.message", greeting)))
