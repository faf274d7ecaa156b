from gitops_lab.checks import RepositoryField, Told


def test_name(expect, parameters):
    """incident.yaml names who set the banner"""
    named = RepositoryField("shop", "incident.yaml", "changedBy", parameters["culprit"])
    expect(
        Told(
            named,
            expected="changedBy in incident.yaml on main is the manager that owns data.banner",
        )
    )
