from gitops_lab.checks import Answers, Both, HasReplicas, Named, Recreated, RunsImage, Told

WEB = Named("Deployment", "web", "shop")


def test_lost(expect):
    """The shop was lost, and is there again"""
    expect(Told(Recreated(WEB), next="Delete the namespace `shop`, and bring the shop back."))


def test_same(expect):
    """It is what it was: version 1.1, three pods"""
    same = Both(Recreated(WEB), RunsImage(WEB, "gitops-lab/web:1.1"), HasReplicas(WEB, 3))
    page = Answers("web", "shop", fields={"version": "1.1"})
    expect(Told(Both(same, page), next="Compare it with what you wrote into report.yaml."))


def test_promise(world, parameters):
    """It promises what it promised"""
    containers = (WEB.get(world) or {}).get("spec", {}).get("template", {}).get("spec", {})
    env = (containers.get("containers") or [{}])[0].get("env") or []
    said = next((e.get("value") for e in env if e.get("name") == "MESSAGE"), "nothing")
    assert said == parameters["promise"], "What did the page say before?"
