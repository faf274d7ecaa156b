from gitops_lab.checks import Both, Named, RepositoryField, Told, Untouched

WEB = Named("Deployment", "web", "shop")
FILE = "deploy/deployment.yaml"
POD = "spec.template.spec.containers[web]"


def test_described(expect, parameters):
    """Git describes what runs: release, pods, slogan"""
    said = (
        RepositoryField("shop", FILE, "metadata.name", "web"),
        RepositoryField("shop", FILE, f"{POD}.image", "gitops-lab/web:1.1"),
        RepositoryField("shop", FILE, "spec.replicas", 3),
        RepositoryField("shop", FILE, f"{POD}.env[MESSAGE].value", parameters["slogan"]),
    )
    expect(Both(*said))


def test_untouched(expect, world):
    """The shop itself has not been touched"""
    expect(Told(Untouched(WEB), next="`gitops-lab reset describe` brings you back."))
    wanted = "gitops-lab/web:1.1"
    image = WEB.get(world)["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == wanted, "`gitops-lab reset describe` brings you back."
