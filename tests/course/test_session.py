from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.course import Options, Session, play, script, status_of
from gitops_lab.errors import UsageError
from gitops_lab.kube import Object
from gitops_lab.kube.client import JSON_PATCH
from gitops_lab.kube.errors import Invalid
from gitops_lab.workspace.settle import apply_objects
from tests.course.started import silent, started
from tests.waiting import eventually


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with started("02-heal", tmp_path_factory.mktemp("session")) as session:
        yield session


def test_a_learner_goes_through_a_lab(session: Session, tmp_path: Path):
    assert session.next().title == "Delete one"
    first = session.check(patience=0.0)
    assert (first.green, first.step) == (False, "delete")
    assert first.verdicts[0].next == "Delete it with kubectl, and not in Git."

    hint = session.hint()
    assert (hint.text, hint.number) == ("Delete the ConfigMap with kubectl.", 1)

    solved = session.solve()
    assert solved.check.passed_now
    assert not solved.check.finished
    assert [done.command for done in solved.done] == [
        "kubectl delete configmap/one --namespace=things"
    ]

    assert session.next().id == "add"
    clone = session.workspace.clone_dir("things")
    (clone / "draft.txt").write_text("mine")
    solved = session.solve("add")
    assert solved.check.finished
    (saved,) = solved.saved
    assert saved.read_text() == "mine"
    assert [step.passed for step in status_of(session).steps] == [True, True]
    assert "three.yaml" in session.workspace.repositories.files("things")


def test_reset_is_a_new_commit_and_keeps_the_learners_files(session: Session):
    repositories = session.workspace.repositories
    clone = session.workspace.clone_dir("things")
    (clone / "things.yaml").write_text("changed")
    before = repositories.log("things")

    restored = session.reset("add")

    after = repositories.log("things")
    assert after[1:] == before
    assert after[0].subject == "Reset to the start of “Add a third”"
    assert [path.read_text() for path in restored.saved] == ["changed"]
    assert "changed" not in (clone / "things.yaml").read_text()
    assert session.current().id == "add"
    assert not session.check("add", patience=0.0).green


def test_reset_brings_a_deleted_app_back(session: Session):
    client = session.workspace.client()
    client.delete("gitops-lab.dev/v1", "GitOpsApp", "things", "gitops")
    eventually(lambda: not session.world().apps())
    seen = session.check("add", patience=0.0).verdicts[0].seen

    session.reset("add")

    assert seen == "there is no GitOpsApp things"
    assert client.get("v1", "ConfigMap", "one", "things")


def test_what_is_put_back_replaces_what_does_not_go_together_with_it(session: Session):
    client = session.workspace.client()
    ours, theirs = _probed(httpGet={"path": "/", "port": 80}), {"tcpSocket": {"port": 1}}
    apply_objects(client, [ours])
    where = "/spec/template/spec/containers/0/readinessProbe"
    client.patch(ours, [{"op": "replace", "path": where, "value": theirs}], content_type=JSON_PATCH)

    apply_objects(client, [ours])

    live = client.get("apps/v1", "Deployment", "probed", "default")
    probe = live["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
    assert probe["httpGet"]["port"] == 80
    assert "tcpSocket" not in probe
    with pytest.raises(Invalid, match="more than 1 handler"):
        apply_objects(client, [_probed("other", httpGet={"port": 80}, **theirs)])


def _probed(name: str = "probed", **probe: Any) -> Object:
    """A Deployment that starts no pods."""
    labels = {"app": name}
    container = {"name": "c", "image": "gitops-lab/web:1.0", "readinessProbe": probe}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }


def test_a_session_is_opened_again_where_it_was(session: Session):
    again = Session.open(session.workspace.name, home=session.workspace.folder.home)

    assert again.current().id == session.current().id
    assert again.step("1").id == "delete"


def test_an_unknown_step_is_answered_with_those_there_are(session: Session):
    with pytest.raises(UsageError, match="no step 'ad'") as caught:
        session.check("ad")

    assert caught.value.hint == "It has delete, add; did you mean `add`?"


def test_a_show_is_made_of_the_labs_own_solution(session: Session):
    session.reset("delete")
    beats = script(session)

    assert [(beat.step, beat.kind) for beat in beats] == [
        ("delete", "red"),
        ("delete", "act"),
        ("delete", "green"),
        ("add", "red"),
        ("add", "act"),
        ("add", "act"),
        ("add", "green"),
    ]
    played = [play(session, beat) for beat in beats]
    assert any("ConfigMap/things/one" in line for line in played[1].lines)
    assert beats[4].command == "git commit -a -m 'Add a third' && git push"
    assert played[-1].verdicts[0].passed


def test_solve_overwrites_only_what_its_own_commit_is_about(tmp_path: Path):
    with started("01-commit", tmp_path) as session:
        clone = session.hands.clone("notes")
        config = clone.path / "deploy/config.yaml"
        config.write_text(config.read_text().replace("word: nothing", "word: mine"))
        (clone.path / "diary.md").write_text("Day one.")
        clone.commit_all("My own way")
        clone.push()

        solved = session.solve()

        assert solved.check.green
        assert "word: maple" in config.read_text()
        assert (clone.path / "diary.md").read_text() == "Day one."


def test_a_start_that_was_interrupted_is_finished_by_the_next_one(tmp_path: Path):
    with started("03-by-hand", tmp_path) as session:
        client = session.workspace.client()
        client.delete("v1", "ConfigMap", "stray", "by-hand")
        (tmp_path / "home" / "progress.json").unlink()

        again, new = Session.start(
            session.lab, Options(), home=session.workspace.folder.home, report=silent
        )

        assert not new
        assert client.get("v1", "ConfigMap", "stray", "by-hand")
        assert again.record.step("colour").baseline.heads
