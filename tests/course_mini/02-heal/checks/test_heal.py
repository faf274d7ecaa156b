from gitops_lab.checks import DriftHealed, Manages, Named


def test_back(expect):
    """The ConfigMap one was deleted and came back."""
    expect(DriftHealed("things", Named("ConfigMap", "one", "things"), deleted=True))


def test_three(expect):
    """The ConfigMap three comes from Git."""
    expect(Manages("things", Named("ConfigMap", "three", "things")))
