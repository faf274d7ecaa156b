from dataclasses import dataclass

from gitops_lab.checks import Both, FluxReady, HasField, Named, Sight

FILE = "deploy/configmap.yaml"
CONFIG = Named("ConfigMap", "web-config", "web")


@dataclass(frozen=True)
class GitSays:
    """The file in Git says so."""

    greeting: str

    def look(self, world):
        expected = f"Git says “{self.greeting}”"
        text = world.repositories.read("web", world.head("web"), FILE).decode()
        passed = self.greeting in text
        return Sight(passed, "Git does not say so", expected, change=FILE)


def test_push(expect, parameters):
    """The page says what Git says"""
    greeting = parameters["greeting"]
    fetched = FluxReady("Kustomization", "web", repo="web")
    expect(Both(GitSays(greeting), fetched, HasField(CONFIG, "data.message", greeting)))
