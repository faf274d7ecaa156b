"""Each ready-made check on a real workspace: what it calls green, and how it words a red."""

from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab import checks
from gitops_lab.checks import (
    Absent,
    Answers,
    Both,
    BranchMerged,
    Check,
    Committed,
    Counted,
    DriftHealed,
    Either,
    Encrypted,
    HasField,
    HasReplicas,
    Healthy,
    HistoryContains,
    Manages,
    Named,
    OwnedByGit,
    PodReplaced,
    Present,
    Recreated,
    RepositoryContains,
    RepositoryField,
    RepositoryLacks,
    RunsImage,
    Sight,
    Suspended,
    Synced,
    Tagged,
    Told,
    TouchedOnly,
    Untouched,
    World,
    WrittenByGitAlone,
)
from gitops_lab.checks.objects import field_of
from tests.course.started import started
from tests.waiting import eventually

ENGINES = ("ApplicationIs", "FluxReady", "HelmReleased")
"""Those of other engines' resources are tested beside the engines: see test_engines."""
NOTES = Named("ConfigMap", "notes", "notes")
NOWHERE = Named("ConfigMap", "nowhere", "notes")
WEB = Named("Deployment", "web", "notes")
FILE = "deploy/config.yaml"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with started("01-commit", tmp_path_factory.mktemp("ready")) as session:
        client = session.workspace.client()
        for obj in (deployment(), service()):
            client.create(obj, field_manager="by-hand")
        world = session.world(session.current())
        eventually(lambda: HasReplicas(WEB, 1).look(world).passed)
        yield world


def deployment() -> dict[str, Any]:
    container = {
        "name": "web",
        "image": "gitops-lab/web:1.0",
        "ports": [{"name": "http", "containerPort": 8080}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "notes"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [container]},
            },
        },
    }


def service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "notes"},
        "spec": {
            "type": "NodePort",
            "selector": {"app": "web"},
            "ports": [{"port": 80, "targetPort": "http"}],
        },
    }


GREEN: list[Check] = [
    Synced("notes"),
    Healthy("notes"),
    Manages("notes", NOTES),
    HasField(NOTES, "data.word", "nothing"),
    OwnedByGit(NOTES, "data.word"),
    Present(NOTES),
    Absent(NOWHERE),
    RunsImage(WEB, "gitops-lab/web:1.0"),
    HasReplicas(WEB, 1),
    HasField(WEB, "spec.template.spec.containers[web].ports[0].containerPort", 8080),
    Answers("web", "notes", fields={"version": "1.0", "colour": "blue"}),
    Answers("web", "notes", path="/", text="1.0"),
    RepositoryContains("notes", FILE, "^data:", "data"),
    RepositoryField("notes", FILE, "data.word", "nothing"),
    RepositoryLacks("notes", "secrets"),
    BranchMerged("notes", "main"),
    Counted("Pod", "notes", 1, {"app": "web"}),
    Untouched(NOTES),
    Untouched(NOTES, spec=True),
    Suspended("notes", suspended=False),
    WrittenByGitAlone(NOTES),
    Either(Present(NOWHERE), Present(NOTES)),
    Both(Present(NOTES), Absent(NOWHERE)),
]

RED: list[tuple[Check, str, str]] = [
    (Synced("other"), "there is no GitOpsApp other", "a GitOpsApp other"),
    (
        Manages("notes", WEB),
        "it is there, and Git does not mention it",
        "Deployment/web in namespace notes comes from Git",
    ),
    (
        HasField(NOTES, "data.word", "two words"),
        "data.word is nothing",
        "data.word of ConfigMap/notes in namespace notes is “two words”",
    ),
    (
        HasField(NOTES, "data.colour", True),
        "data.colour is not set",
        "data.colour of ConfigMap/notes in namespace notes is true",
    ),
    (
        HasField(NOWHERE, "data.word", "x"),
        "there is no ConfigMap/nowhere in namespace notes",
        "data.word of ConfigMap/nowhere in namespace notes is x",
    ),
    (
        OwnedByGit(WEB, "spec.replicas"),
        "it is owned by by-hand",
        "spec.replicas of Deployment/web in namespace notes comes from Git",
    ),
    (
        RunsImage(WEB, "gitops-lab/web:2.0"),
        "it runs gitops-lab/web:1.0",
        "Deployment/web in namespace notes runs gitops-lab/web:2.0, all pods ready",
    ),
    (
        HasReplicas(WEB, 3),
        "it asks for 1",
        "Deployment/web in namespace notes has 3 pods, all ready",
    ),
    (
        Present(NOWHERE),
        "there is no ConfigMap/nowhere in namespace notes",
        "ConfigMap/nowhere in namespace notes is there",
    ),
    (
        Absent(NOTES),
        "ConfigMap/notes in namespace notes is there",
        "there is no ConfigMap/notes in namespace notes",
    ),
    (
        Answers("web", "notes", fields={"version": "1.1"}),
        "it answers version 1.0",
        "Service/web answers version 1.1",
    ),
    (
        Answers("gone", "notes"),
        "there is no Service/gone",
        "Service/gone answers",
    ),
    (
        Answers("web", "notes", path="/nothing/there"),
        "it answers HTTP 404",
        "Service/web answers",
    ),
    (
        DriftHealed("notes", NOTES),
        "nobody has changed it by hand since this step began",
        "ConfigMap/notes in namespace notes was changed by hand since this step began, "
        "and is back as in Git",
    ),
    (
        HistoryContains("notes", FILE, "word: gold", "gold"),
        "gold was not deployed since this step began",
        "gold was deployed since this step began, and Git still tells of it",
    ),
    (
        RepositoryContains("notes", FILE, "gold", "the word gold"),
        f"{FILE} on main does not",
        f"{FILE} on main holds the word gold",
    ),
    (
        RepositoryField("notes", "no.yaml", "a", 1),
        "main has no file no.yaml",
        "a in no.yaml on main is 1",
    ),
    (
        RepositoryField("notes", FILE, "data.word", "gold"),
        "it is nothing",
        f"data.word in {FILE} on main is gold",
    ),
    (
        Committed("notes", FILE),
        f"no new commit to {FILE} on main",
        f"a new commit to {FILE} on main since this step began",
    ),
    (RepositoryLacks("notes", "deploy"), f"main has {FILE}", "main has no deploy"),
    (
        Encrypted("notes", FILE),
        f"{FILE} has no Secret",
        f"the values in {FILE} on main are encrypted",
    ),
    (
        TouchedOnly("notes", ("deploy",)),
        "no new commit on main",
        "new commits on main that touch deploy and nothing else",
    ),
    (
        BranchMerged("notes", "try"),
        "there is no branch try",
        "the branch try is merged into main",
    ),
    (
        Tagged("notes", "notes"),
        "notes has no tag",
        "a tag on a commit that the app notes has deployed",
    ),
    (Counted("Pod", "notes", 3), "1", "3 Pod objects in namespace notes"),
    (
        PodReplaced(WEB),
        "the Deployment itself is another one",
        "a pod of Deployment/web in namespace notes was deleted, and another one stands in for it",
    ),
    (
        Recreated(NOTES),
        "it is still the same object",
        "ConfigMap/notes in namespace notes was deleted since this step began, and is there again",
    ),
    (
        Untouched(WEB),
        "it was deleted and made anew",
        "Deployment/web in namespace notes is the same object as when this step began",
    ),
    (Suspended("notes"), "the app notes is not suspended", "the app notes is suspended"),
    (
        WrittenByGitAlone(WEB),
        "by-hand wrote to it since this step began",
        "Deployment/web in namespace notes is written by Git alone",
    ),
    (
        Either(Present(NOWHERE), HasReplicas(WEB, 2)),
        "there is no ConfigMap/nowhere in namespace notes",
        "ConfigMap/nowhere in namespace notes is there, or "
        "Deployment/web in namespace notes has 2 pods, all ready",
    ),
    (
        Told(Absent(NOTES), expected="nothing left"),
        "ConfigMap/notes in namespace notes is there",
        "nothing left",
    ),
]


@pytest.mark.parametrize("check", GREEN, ids=lambda check: type(check).__name__)
def test_green(world: World, check: Check):
    sight = check.look(world)

    assert sight.passed, sight


@pytest.mark.parametrize(
    ("check", "seen", "expected"), [pytest.param(*r, id=type(r[0]).__name__) for r in RED]
)
def test_red_in_words(world: World, check: Check, seen: str, expected: str):
    sight = check.look(world)

    assert (sight.passed, sight.seen, sight.expected) == (False, seen, expected)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 1),
        ("c[x].v", 2),
        ("c[1].v", 3),
        ("d[k.8/s]", 4),
    ],
)
def test_a_path_leads_through_maps_lists_and_odd_keys(path: str, value: int):
    obj = {
        "a": {"b": 1},
        "c": [{"name": "x", "v": 2}, {"name": "y", "v": 3}],
        "d": {"k.8/s": 4},
    }

    assert field_of(obj, path) == value


def test_a_check_with_the_authors_words_keeps_what_was_seen():
    class Always:
        def look(self, world: object) -> Sight:
            return Sight(False, "seen", "expected")

    told = Told(Always(), link="diff", next="Do it.").look(None)

    assert (told.seen, told.expected, told.link, told.next) == (
        "seen",
        "expected",
        "diff",
        "Do it.",
    )


def test_what_happens_in_the_repository_since_the_step_began_is_seen(world: World):
    repositories = world.repositories
    repositories.commit("notes", "main", "Two files", {"deploy/a.txt": "a", "b.txt": "b"})

    only = TouchedOnly("notes", ("deploy",)).look(world)
    both = TouchedOnly("notes", ("deploy", "b.txt")).look(world)

    assert (only.passed, only.seen) == (False, "b.txt was changed as well")
    assert both.passed


def test_every_check_of_the_library_has_its_words_tested():
    tested = {type(check) for check in GREEN} & {type(row[0]) for row in RED}
    library = {
        getattr(checks, name)
        for name in checks.__all__
        if hasattr(getattr(checks, name), "look") and name not in ("Check", "Expect")
    }

    assert len(library) >= 25
    elsewhere = {"Both", "Healthy", *ENGINES}
    assert {c.__name__ for c in library - {type(r[0]) for r in RED}} <= elsewhere
    assert tested


def test_what_was_written_by_hand_and_healed_since_is_still_known(world: World):
    client = world.client()
    was = NOTES.get(world)
    assert was is not None
    for name in ("intruder", "gitops-lab"):  # under a name of its own, and under the engine's
        client.patch(NOTES.get(world), {"data": {"word": name}}, field_manager=name)
        eventually(lambda: (NOTES.get(world) or {}).get("data") == was["data"])

    sight = eventually(lambda: _not_passed(WrittenByGitAlone(NOTES).look(world)))

    assert sight.seen == "gitops-lab, intruder wrote to it since this step began"
    assert "gitops-lab reset" in sight.next


def _not_passed(sight: Sight) -> Sight | None:
    return sight if "intruder" in sight.seen and "gitops-lab" in sight.seen else None


def test_without_an_audit_log_nobody_can_tell(world: World):
    file = world.place.audit_log("main")
    assert file is not None
    file.unlink()

    sight = WrittenByGitAlone(NOTES).look(world)

    assert not sight.passed
    assert sight.seen.startswith("can't tell")


def test_a_spec_that_was_changed_is_told_of_an_object_that_is_the_same(world: World):
    client, place = world.client(), Named("Deployment", "web", "notes")
    now = World(world.place, world.parameters, world.baseline())
    assert Untouched(place, spec=True).look(now).passed

    client.patch(place.get(world), {"spec": {"minReadySeconds": 1}})

    assert Untouched(place).look(now).passed
    sight = Untouched(place, spec=True).look(now)
    assert (sight.passed, sight.seen) == (False, "it is the same object, and its spec was changed")
