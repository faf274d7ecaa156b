from gitops_lab.checks import Answers, Both, Either, HasField, Named, Synced, Told

CONFIG = Named("ConfigMap", "web-config", "web")
WEB = Named("Deployment", "web", "web")
VARIABLE = "spec.template.spec.containers[web].env[MESSAGE].value"


def in_cluster(greeting):
    """In the ConfigMap, or as a variable of the container: both are right."""
    where = Either(
        HasField(CONFIG, "data.message", greeting, app="web"),
        HasField(CONFIG, "data.message", f"{greeting}\n", app="web"),
        HasField(WEB, VARIABLE, greeting, app="web"),
    )
    return Told(where, expected=f"the message “{greeting}”, from Git")


def test_cluster(expect, parameters):
    """The cluster has your greeting, and Git says so"""
    expect(Both(in_cluster(parameters["greeting"]), Synced("web")))


def test_page(expect, parameters):
    """The page shows your greeting"""
    greeting = parameters["greeting"]
    answers = Answers("web", "web", fields={"message": greeting}, app="web")
    expect(Both(in_cluster(greeting), answers))
