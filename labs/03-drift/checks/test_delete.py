from gitops_lab.checks import DriftHealed, Either, Named, Told

KINDS = ("Service", "Deployment", "ConfigMap")
NAMES = {"ConfigMap": "settings"}


def test_back(expect):
    """Something that Git describes was deleted, and is back"""
    back = [
        DriftHealed("shop", Named(kind, NAMES.get(kind, "web"), "shop"), deleted=True)
        for kind in KINDS
    ]
    what = "the Service, the Deployment or the ConfigMap was deleted since this step began"
    expect(Told(Either(*back), expected=f"{what}, and is back"))
