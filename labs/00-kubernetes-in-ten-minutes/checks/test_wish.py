from gitops_lab.checks import Both, HasField, HasReplicas, Named, RunsImage, Told

WEB = Named("Deployment", "web", "first")


def test_runs(expect, parameters):
    """Two copies of the page run"""
    said = f"Hello, {parameters['name']}"
    says = HasField(WEB, "spec.template.spec.containers[web].env[MESSAGE].value", said)
    runs = Both(RunsImage(WEB, "gitops-lab/web:1.0"), HasReplicas(WEB, 2), says)
    expect(Told(runs, next="Hand the wish in: `kubectl apply --filename web.yaml`."))
