from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.course import Session, play, script, status_of
from gitops_lab.errors import UsageError
from tests.course.started import started


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
