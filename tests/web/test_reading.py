"""From events, objects and commits to what is shown."""

from dataclasses import replace
from pathlib import Path

from gitops_lab.engine.events import ChainEvent
from gitops_lab.git import Repositories
from gitops_lab.kube import ObjectKey
from gitops_lab.web import view
from gitops_lab.web.commits import Commits, changed_apps
from gitops_lab.web.detail import masked
from gitops_lab.web.facts import AppFact, NodeFact, Row, State
from gitops_lab.web.fragments import Painter, slug
from gitops_lab.web.passes import Passes
from gitops_lab.web.read import app_fact
from gitops_lab.web.view import Looking

DEPLOYMENT = ObjectKey("apps", "Deployment", "web", "web")
APP = AppFact(
    id="gitops/web",
    namespace="gitops",
    name="web",
    cluster="main",
    repo="web",
    path="deploy",
    sync="Synced",
    health="Healthy",
    health_message="",
    revision="abc",
    message="",
    suspended=False,
    rows=(Row(DEPLOYMENT, "Synced", "Healthy"),),
    kinds=frozenset([("apps/v1", "Deployment")]),
    deployed=("abc",),
)


def test_the_times_of_a_sync_go_to_their_links() -> None:
    passes = Passes()
    for stage, reason, data in (
        ("source", "Resolved", {"seconds": 0.1, "revision": "abc"}),
        ("source", "Fetched", {"seconds": 0.2}),
        ("render", "Rendered", {"seconds": 0.3}),
        ("plan", "Planned", {"seconds": 0.4}),
    ):
        assert passes.take(ChainEvent("gitops/web", stage, reason, data=data))[0] == {}
    event = ChainEvent("gitops/web", "apply", "Applied", "1 to update", 5.0, {"seconds": 0.5})
    changes, moment = passes.take(event)
    last = changes["pass", "gitops/web"]
    assert moment
    assert changes["feed",][-1].text == "synced to abc: 1 updated"
    assert {k: round(v, 1) for k, v in last.seconds.items()} == {
        "revision": 0.3,
        "render": 0.3,
        "plan": 0.4,
        "apply": 0.5,
    }
    healthy = passes.healthy("gitops/web", 7.0)["pass", "gitops/web"]
    assert healthy.seconds["health"] == 2.0
    assert passes.healthy("gitops/web", 8.0) == {}


def test_a_pass_that_writes_nothing_leaves_the_last_sync_as_it_was() -> None:
    passes = Passes()
    assert passes.take(ChainEvent("a", "source", "Resolved", data={"seconds": 1}))[0] == {}
    assert passes.take(ChainEvent("a", "health", "Healthy", data={"seconds": 1}))[0] == {}


def test_drift_is_marked_until_it_is_healed_and_told_afterwards() -> None:
    passes = Passes()
    seen, _ = passes.take(ChainEvent("gitops/web", "plan", "DriftSeen", str(DEPLOYMENT)))
    state = State({("app", APP.id): APP, **seen}, 1.0)
    assert view.tree(state, APP)[0].drift == "changed by hand"
    passes.take(ChainEvent("gitops/web", "source", "Resolved", data={"seconds": 0.1}))
    healed, _ = passes.take(ChainEvent("gitops/web", "apply", "Applied", at=2.0))
    facts = {("app", APP.id): APP, **{k: v for k, v in healed.items() if v is not None}}
    assert view.tree(State(facts, 2.0), APP)[0].drift.startswith("healed")


def test_an_app_that_is_not_valid_is_still_shown() -> None:
    fact = app_fact({"metadata": {"name": "x", "namespace": "y"}, "spec": {"source": None}})
    assert (fact.id, fact.sync, fact.health) == ("y/x", "Unknown", "Unknown")
    assert fact.broken is not None


def test_the_tree_goes_down_to_pods_by_owners() -> None:
    nodes = [
        _node("d", DEPLOYMENT),
        _node("r", ObjectKey("apps", "ReplicaSet", "web", "web-1"), "d", info="1/1"),
        _node("old", ObjectKey("apps", "ReplicaSet", "web", "web-0"), "d", info="0/0"),
        _node("p", ObjectKey("", "Pod", "web", "web-1-x"), "r"),
    ]
    facts = {("node", "main", node.uid): node for node in nodes}
    [top] = view.tree(State({("app", APP.id): APP, **facts}, 1.0), APP)
    assert [child.name for child in top.children] == ["web-1"]
    assert [child.name for child in top.children[0].children] == ["web-1-x"]


def test_owners_that_go_round_end_somewhere() -> None:
    facts = {("node", "main", "d"): _node("d", DEPLOYMENT, "d")}
    assert view.tree(State({("app", APP.id): APP, **facts}, 1.0), APP)


def test_a_branch_gets_a_lane_and_each_commit_the_apps_it_changed(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    repositories.create("web", {"deploy/a.yaml": "1", "README.md": "x"}, message="Start", when=1)
    repositories.commit("web", "main", "Read me", {"README.md": "y"}, when=2)
    base = repositories.resolve("web", "main")
    (tmp_path / "web.git" / "refs" / "heads" / "side").write_text(f"{base}\n")
    repositories.commit("web", "side", "Aside", {"deploy/b.yaml": "2"}, when=3)
    repositories.commit("web", "main", "Deploy", {"deploy/a.yaml": "2"}, when=4)
    commits = Commits(repositories).graph("web").commits
    assert [c.subject for c in commits] == ["Deploy", "Aside", "Read me", "Start"]
    assert [c.lane for c in commits] == [0, 1, 0, 0]
    assert commits[0].refs == ("main",)
    assert [bool(changed_apps(c, "web", [APP])) for c in commits] == [True, True, False, True]


def test_a_secret_is_masked_whatever_it_holds() -> None:
    last = "kubectl.kubernetes.io/last-applied-configuration"
    secret = {
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {last: "hunter2"}, "managedFields": [1]},
        "data": {"a": "aHVudGVyMg=="},
        "stringData": {"b": "hunter2"},
    }
    shown = masked(secret)
    assert "hunter2" not in str(shown)
    assert "aHVudGVyMg" not in str(shown)
    assert secret["data"] == {"a": "aHVudGVyMg=="}


def test_hostile_names_stay_text_in_every_piece() -> None:
    bad = '"><script>alert(1)</script>'
    key = ObjectKey("", bad, bad, bad)
    app = AppFact(
        f"{bad}/{bad}", bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, False,
        (Row(key, "OutOfSync", "Degraded", bad),), frozenset(), (bad,),
    )  # fmt: skip
    state = State({("app", app.id): app}, 1.0)
    painter = Painter("/w-1", "secret")
    pieces = [*painter.pieces(state, Looking()), painter.apps(state, Looking())]
    assert all("<script" not in str(piece.html) for piece in pieces)
    assert '"' not in slug(bad)


def test_clusters_stand_side_by_side() -> None:
    prod = replace(APP, id="gitops/prod", name="prod", cluster="prod")
    state = State({("app", app.id): app for app in (APP, prod)}, 1.0)
    assert [(name, [a.name for a in apps]) for name, apps in view.clusters(state)] == [
        ("main", ["web"]),
        ("prod", ["prod"]),
    ]
    html = str(Painter("/w-1", "secret").apps(state, Looking()).html)
    assert html.index("</span> main</h3>") < html.index("</span> prod</h3>")


def test_a_row_is_sent_again_only_when_its_app_changed() -> None:
    state = State({("app", APP.id): APP}, 1.0)
    painter = Painter("/w-1", "secret")
    [first] = painter.rows(state, Looking())
    [again] = painter.rows(State(dict(state.facts), 2.0), Looking())
    assert first is again


def _node(uid: str, key: ObjectKey, owner: str = "", info: str = "") -> NodeFact:
    return NodeFact("main", uid, key, "v1", (owner,) if owner else (), "1", info=info)
