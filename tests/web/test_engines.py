"""Apps of every engine that is spoken are on the page, whatever their kind is called."""

from dataclasses import replace
from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.native import GitOpsApps
from gitops_lab.engine.source_spec import Source
from gitops_lab.engine.status import ObjectStatus, Status, SyncStatus
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.web.engines import Engines
from gitops_lab.web.facts import State
from gitops_lab.web.fragments import Painter
from gitops_lab.web.read import app_fact
from gitops_lab.web.view import Looking

KEY = ObjectKey("apps", "Deployment", "shop", "shop")
OBJ: Object = {
    "apiVersion": "example.org/v1",
    "kind": "Wish",
    "metadata": {"namespace": "wishes", "name": "shop", "resourceVersion": "7", "generation": 40},
    "wants": {"repo": "shop", "folder": "deploy"},
}
STATUS = Status(
    observed_generation=3,
    reason="Synced",
    message="As in Git.",
    revision="abc123",
    sync=SyncStatus.SYNCED,
    health=Health(HealthStatus.HEALTHY),
    objects=(ObjectStatus(KEY, SyncStatus.SYNCED, Health(HealthStatus.HEALTHY)),),
)


class Wishes(GitOpsApps):
    """Another engine's kind."""

    name = "argocd"
    api_version = "example.org/v1"
    kind = "Wish"

    def app(self, obj: Object) -> App:
        wants: dict[str, Any] = obj["wants"]
        if "repo" not in wants:
            raise AppError("wants.repo is missing.", reason="InvalidSpec")
        source = Source(wants["repo"], path=wants["folder"])
        return App("wishes", "shop", source, front=self.name, kind=self.kind)

    def previous(self, obj: Object) -> Status:
        return replace(STATUS, message="from before the restart")


def test_another_engines_app_is_read_from_what_the_engine_knows() -> None:
    front = Wishes()
    engines = Engines(lambda: (front,), lambda: {"argocd:wishes/shop": STATUS})
    fact = app_fact(engines.form(front, OBJ), front.name, front.kind)
    assert (fact.id, fact.kind, fact.engine) == ("argocd:wishes/shop", "Wish", "Argo CD")
    assert (fact.repo, fact.path, fact.revision) == ("shop", "deploy", "abc123")
    assert (fact.sync, fact.health, fact.broken) == ("Synced", "Healthy", None)
    assert [row.key for row in fact.rows] == [KEY]


def test_after_a_restart_it_is_read_from_its_own_status() -> None:
    front = Wishes()
    form = Engines(lambda: (front,)).form(front, OBJ)
    assert app_fact(form, front.name, front.kind).message == "from before the restart"


def test_the_broken_link_of_another_engines_app_is_in_place() -> None:
    front = Wishes()
    failed = replace(STATUS, failed=True, stage="render", reason="BuildFailed", message="no file")
    engines = Engines(lambda: (front,), lambda: {"argocd:wishes/shop": failed})
    fact = app_fact(engines.form(front, OBJ), front.name, front.kind)
    assert fact.broken is not None
    assert (fact.broken.link, fact.broken.message) == ("render", "no file")
    assert "GitOpsApp" not in fact.broken.place


def test_an_app_of_another_engine_that_is_not_valid_is_still_shown() -> None:
    front = Wishes()
    form = Engines(lambda: (front,), dict).form(front, {**OBJ, "wants": {}})
    assert app_fact(form, front.name, front.kind).name == "shop"


def test_the_page_tells_the_kind_and_the_engine_and_offers_no_buttons_that_are_not_its() -> None:
    front = Wishes()
    engines = Engines(lambda: (front,), lambda: {"argocd:wishes/shop": STATUS})
    fact = app_fact(engines.form(front, OBJ), front.name, front.kind)
    state = State({("app", fact.id): fact}, 1.0)
    painter = Painter("/w-1", "secret")
    pieces = {piece.id: str(piece.html) for piece in painter.pieces(state, Looking())}
    assert "Argo CD Wish" in str(painter.apps(state, Looking()).html)
    assert "Wish of Argo CD" in pieces["chain"]
    assert "do-sync" in pieces["chain"]
    assert "do-suspend" not in pieces["chain"], "Argo CD has no suspend"


def test_our_own_kind_needs_no_word_for_its_engine() -> None:
    native = GitOpsApps()
    obj: Object = {"metadata": {"name": "web", "namespace": "gitops"}, "spec": {}}
    assert Engines().form(native, obj) is obj
    assert app_fact(obj).engine == ""
