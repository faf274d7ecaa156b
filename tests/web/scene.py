"""One scene that never changes, as the page shows it: two clusters, drift, a broken release."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from gitops_lab.kube import ObjectKey
from gitops_lab.web import view
from gitops_lab.web.detail import Detail
from gitops_lab.web.facts import (
    AppFact,
    Broken,
    CommitFact,
    Happened,
    LabFact,
    NodeFact,
    PassFact,
    RepoFact,
    Row,
    State,
    StepFact,
)
from gitops_lab.web.fragments import Painter
from gitops_lab.web.view import Looking
from gitops_lab.workspace.notes import Notes

BASE = "/w-0"
BEGAN = 1_790_000_000.0
SHAS = tuple(f"{number:x}" * 40 for number in (10, 11, 12))
PLACES = ("dev", "prod")
BROKEN = Broken(
    "health",
    "the pods of Deployment shop can't start: the image gitops-lab/web:v1 can't be pulled.",
    "Correct the image in overlays/prod/kustomization.yaml and push.",
    "overlays/prod/kustomization.yaml, line 7, Deployment shop, field spec.image",
)
NOTES = Notes(
    chapter="Promote the release",
    number=3,
    total=12,
    say="Prod gets the release by a commit, too.",
    command="git commit -a -m 'Release 1.1 to prod' && git push",
    next_say="Both run it now.",
    next_command="gitops-lab check promote",
    watch="The commit appears. Then the chain of shop-prod, link by link.",
    began_at=BEGAN,
    chapter_at=BEGAN,
)


def _app(place: str, *, well: bool) -> AppFact:
    key = ObjectKey("apps", "Deployment", "shop", "shop")
    return AppFact(
        id=f"gitops/shop-{place}",
        namespace="gitops",
        name=f"shop-{place}",
        cluster=place,
        repo="shop",
        path=f"overlays/{place}",
        sync="Synced",
        health="Healthy" if well else "Degraded",
        health_message="" if well else BROKEN.message,
        revision=SHAS[0],
        message="4 objects are as in Git.",
        suspended=False,
        rows=(
            Row(ObjectKey("", "ConfigMap", "shop", "shop-config"), "Synced"),
            Row(ObjectKey("", "Service", "shop", "shop"), "Synced", "Healthy"),
            Row(key, "Synced", "Healthy" if well else "Degraded"),
        ),
        kinds=frozenset([("apps/v1", "Deployment")]),
        deployed=(SHAS[0],),
        broken=None if well else BROKEN,
    )


def _nodes(place: str) -> dict[tuple[str, ...], NodeFact]:
    made = [
        ("d", ObjectKey("apps", "Deployment", "shop", "shop"), (), "2/2", "Healthy"),
        ("r", ObjectKey("apps", "ReplicaSet", "shop", "shop-6d4cf56db6"), ("d",), "2/2", "Healthy"),
        ("p", ObjectKey("", "Pod", "shop", "shop-6d4cf56db6-x7k2p"), ("r",), "1/1 Running", ""),
        ("q", ObjectKey("", "Pod", "shop", "shop-6d4cf56db6-m4qbn"), ("r",), "0/1 Pending", ""),
    ]
    return {
        ("node", place, uid): NodeFact(place, uid, key, "v1", owners, "1", health, "", info)
        for uid, key, owners, info, health in made
    }


def state() -> State:
    """All facts."""
    apps = {place: _app(place, well=place == "dev") for place in PLACES}
    seconds = {"revision": 0.004, "render": 0.09, "plan": 0.02, "apply": 0.03, "health": 1.2}
    last = PassFact(BEGAN, SHAS[0], "Release", seconds, "1 to update", applied_at=BEGAN + 0.2)
    drift = replace(last, drift="apps/Deployment/shop/shop", healthy_at=BEGAN + 1.4)
    subjects = ("Release 1.1 to prod", "Release 1.1 to dev", "Add the shop")
    commits = tuple(
        CommitFact(sha, subject, "Ada", "2026-09-21T13:33:20Z", (), ("main",) * (at == 0), ())
        for at, (sha, subject) in enumerate(zip(SHAS, subjects, strict=True))
    )
    steps = (
        StepFact("dev", "Release to dev", True, False),
        StepFact("promote", "Promote the release", False, True),
    )
    feed = (
        Happened(BEGAN, "gitops/shop-dev", "synced to aaaaaaa: 1 updated", "good"),
        Happened(BEGAN + 1, "gitops/shop-dev", "changed by hand: Deployment/shop", "drift"),
        Happened(BEGAN + 2, "gitops/shop-prod", "image can't be pulled", "bad"),
    )
    facts: Mapping[Any, Any] = {
        **{("app", app.id): app for app in apps.values()},
        **_nodes("dev"),
        **_nodes("prod"),
        ("pass", "gitops/shop-dev"): drift,
        ("pass", "gitops/shop-prod"): last,
        ("repo", "shop"): RepoFact("shop", commits),
        ("lab",): LabFact("environments", "Environments", steps, Markup("<p>Commit, push.</p>")),
        ("feed",): feed,
        ("notes",): NOTES,
    }
    return State(facts, BEGAN + 3)


def pages() -> dict[str, str]:
    """The HTML of each page by its path below `BASE`."""
    now, painter = state(), Painter(BASE, "form")
    prod, dev = Looking(app="gitops/shop-prod"), Looking(app="gitops/shop-dev")
    diff = ("--- live", "+++ Git", "@@ spec", "-  replicas: 4", "+  replicas: 2")
    detail = Detail("Deployment", "shop", "diff", ("yaml", "diff", "events"), lines=diff)
    chosen = replace(dev, node="dev/apps/Deployment/shop/shop", tab="diff")
    return {
        "/broken": _page(painter, "page.html", now, prod),
        "/well": _page(painter, "page.html", now, chosen, detail),
        "/class": _page(painter, "class.html", now, dev),
        "/notes": painter.page(
            "notes.html",
            title="Environments",
            notes=replace(NOTES, began_at=time.time() - 187, chapter_at=time.time() - 61),
        ),
    }


def _page(
    painter: Painter, name: str, now: State, looking: Looking, detail: Detail | None = None
) -> str:
    shown = painter.page("detail.html", detail=detail, looking=looking)
    html = painter.page(
        name,
        title="Environments",
        heading=painter.title(now, "environments").html,
        looking=looking,
        state=now,
        begin=BEGAN,
        end=BEGAN + 3,
        apps=painter.apps(now, looking),
        pieces={piece.id: piece for piece in painter.pieces(now, looking)},
        detail=Markup(shown),
    )
    assert view.chosen(now, looking)
    return html
