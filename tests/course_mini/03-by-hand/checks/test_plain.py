def test_colour(cluster):
    """The colour is blue."""
    colour = cluster.core.read_namespaced_config_map("colour", "by-hand").data["colour"]
    assert colour == "blue", "Change it in overlays/lab/colour.yaml."


def test_history(repo, workspace):
    """The history starts with the seed."""
    assert repo.log()[-1].subject == "The first files"
