from gitops_lab.checks import Answers, Both, HasReplicas, Named, RunsImage, Suspended

WEB = Named("Deployment", "web", "shop")


def test_suspended(expect):
    """The engine leaves the shop alone"""
    expect(Suspended("shop"))


def test_answers(expect):
    """The shop answers its visitors"""
    answers = Answers("web", "shop", fields={"version": "2.0"}, app="shop")
    pods = Both(RunsImage(WEB, "gitops-lab/web:2.0", app="shop"), HasReplicas(WEB, 2, app="shop"))
    expect(Both(Suspended("shop"), answers, pods))
