from gitops_lab.checks import Both, HasReplicas, Named, RunsImage, Told

WEB = Named("Deployment", "web", "first")


def test_runs(expect):
    """Two copies of the page run"""
    runs = Both(RunsImage(WEB, "gitops-lab/web:1.0"), HasReplicas(WEB, 2))
    expect(Told(runs, next="Hand the wish in: `kubectl apply --filename web.yaml`."))
