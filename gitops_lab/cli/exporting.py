"""`gitops-lab app show --as argocd|flux`: a GitOpsApp as their resources."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops_lab.cli import engines
from gitops_lab.cli.choose import chosen_running
from gitops_lab.cli.options import Json, WorkspaceName, checked
from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from gitops_lab.dialects.export import Setting
    from gitops_lab.engine.source_spec import Source
    from gitops_lab.workspace import Workspace

_FORMS = ("gitopsapp", "argocd", "flux")


def register(apps: typer.Typer) -> None:
    """Add the command."""
    apps.command()(show)


def show(
    name: Annotated[str, typer.Argument(metavar="APP", help="The app's name.")],
    form: Annotated[
        str, typer.Option("--as", metavar="ENGINE", help="gitopsapp, argocd or flux.")
    ] = "gitopsapp",
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Where the GitOpsApp is.")
    ] = "",
    workspace: WorkspaceName = "",
    json: Json = False,
) -> None:
    """An app as YAML: as it is, or as the resources of Argo CD or Flux that ask for the same.

    What they can't say stands above it as comments.
    """
    from gitops_lab.dialects.export import Exported, as_argocd, as_flux
    from gitops_lab.kube.yamls import dump_all

    form = checked(form, _FORMS, "--as")
    place = chosen_running(workspace)
    app = engines.native(place, name, namespace, f"show --as {form}").app
    made = Exported([app.to_object()])
    if form != "gitopsapp":
        made = (as_argocd if form == "argocd" else as_flux)(app, _setting(place))
    if not json:
        for note in (*made.lost, *made.notes):
            typer.echo(f"# {note}")
        typer.echo(dump_all(made.objects), nl=False)
    Terminal(json=json).document({"objects": made.objects, "notes": [*made.lost, *made.notes]})


def _setting(place: "Workspace") -> "Setting":
    from gitops_lab.dialects.export import FOLDER, HELM, KUSTOMIZE, Setting
    from gitops_lab.git import GitError

    def kind_of(source: "Source") -> str:
        if source.helm or source.chart or source.kustomize:
            return HELM if source.helm or source.chart else KUSTOMIZE
        try:
            files = place.repositories.files(source.repo, source.revision, source.path)
        except GitError:
            return FOLDER
        names = {file for file in files if "/" not in file}
        if "Chart.yaml" in names:
            return HELM
        return KUSTOMIZE if names & {"kustomization.yaml", "kustomization.yml"} else FOLDER

    def is_tag(source: "Source") -> bool:
        return f"refs/tags/{source.revision}" in place.repositories.refs(source.repo)

    return Setting(place.clone_url, kind_of, is_tag, place.clusters[0])
