import re
from dataclasses import dataclass

from gitops_lab.checks import Both, Healthy, Sight, Synced
from gitops_lab.checks.objects import field_of
from gitops_lab.checks.repositories import read
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls

ARGO = {
    "spec.project": "default",
    "spec.source.targetRevision": "main",
    "spec.source.path": "deploy",
    "spec.destination.namespace": "shop",
    "spec.syncPolicy.automated.prune": True,
    "spec.syncPolicy.automated.selfHeal": True,
}
FLUX = {"spec.prune": True, "spec.targetNamespace": "shop", "spec.sourceRef.kind": "GitRepository"}

REPOSITORY = re.compile(r"[/:]shop(\.git)?/?$")


def plain(value):
    return value.removeprefix("./").rstrip("/") if isinstance(value, str) else value


@dataclass(frozen=True)
class Ported:
    """`port` says the same as the App, in Argo CD's or in Flux's words."""

    def look(self, world):
        expected = "port says what the GitOpsApp says: repository, revision, path, namespace, prune"
        try:
            objects = list(self._objects(world))
        except GitOpsLabError as error:
            return Sight(False, error.paragraph(), expected, "commit", change="port")
        kinds = {str(obj.get("kind")): obj for obj in objects}
        if "Application" in kinds:
            seen = self._argo(kinds["Application"])
        elif "Kustomization" in kinds:
            seen = self._flux(kinds["Kustomization"], kinds.get("GitRepository"))
        else:
            seen = "there is neither an Application nor a Kustomization"
        told = seen or "it does"
        return Sight(not seen, told, expected, "commit" if seen else "", change="port")

    def _objects(self, world):
        for name in world.repositories.files("shop", "main"):
            if name.startswith("port/") and name.endswith((".yaml", ".yml")):
                for document in yamls.load_all(read(world, "shop", "main", name), file=name):
                    if isinstance(document.obj, dict):
                        yield document.obj

    def _argo(self, app):
        if app.get("apiVersion") != "argoproj.io/v1alpha1":
            return "the Application is not argoproj.io/v1alpha1"
        if not REPOSITORY.search(str(field_of(app, "spec.source.repoURL"))):
            return "spec.source.repoURL is not the shop's repository"
        return self._differs(app, ARGO)

    def _flux(self, kustomization, source):
        if kustomization.get("apiVersion") != "kustomize.toolkit.fluxcd.io/v1":
            return "the Kustomization is not kustomize.toolkit.fluxcd.io/v1"
        if source is None:
            return "there is no GitRepository that it could refer to"
        if source.get("apiVersion") != "source.toolkit.fluxcd.io/v1":
            return "the GitRepository is not source.toolkit.fluxcd.io/v1"
        if not REPOSITORY.search(str(field_of(source, "spec.url"))):
            return "spec.url is not the shop's repository"
        told = self._differs(source, {"spec.ref.branch": "main"})
        told = told or self._differs(kustomization, {**FLUX, "spec.path": "deploy"})
        named = field_of(source, "metadata.name")
        return told or self._differs(kustomization, {"spec.sourceRef.name": named})

    def _differs(self, obj, wanted):
        for path, value in wanted.items():
            if plain(field_of(obj, path)) != value:
                return f"{path} of the {obj['kind']} is not {str(value).replace('True', 'true')}"
        return ""


def test_port(expect):
    """The App is written down for another engine, and says the same"""
    expect(Ported())


def test_shop(expect):
    """The shop runs on as before"""
    expect(Both(Synced("shop"), Healthy("shop")))
