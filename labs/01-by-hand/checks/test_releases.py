from gitops_lab.checks import Both, HasReplicas, Named, RunsImage, Told

WEB = Named("Deployment", "web", "shop")


def test_now(expect):
    """Version 1.1 runs, with three pods"""
    runs = Both(RunsImage(WEB, "gitops-lab/web:1.1"), HasReplicas(WEB, 3))
    expect(Told(runs, next="Make the three releases in their order, with kubectl."))


def test_between(world):
    """Version 2.0 ran in between"""
    sets = world.client().list("apps/v1", "ReplicaSet", "shop").items
    mine = [rs for rs in sets if _owner(rs) == "web"]
    images = {rs["spec"]["template"]["spec"]["containers"][0]["image"] for rs in mine}
    assert "gitops-lab/web:2.0" in images, "Release 2.0 first, and then go back to 1.1."


def _owner(obj):
    owners = obj["metadata"].get("ownerReferences") or [{}]
    return owners[0].get("name")
