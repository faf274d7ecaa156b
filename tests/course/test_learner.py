"""Beside the steps: watching, predicting, jumping, the story at the end."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gitops_lab.course import CheckResult, Session, story_of, watch
from gitops_lab.errors import UsageError
from gitops_lab.lab import Choice, Question
from tests.course.started import started
from tests.waiting import eventually


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with started("02-heal", tmp_path_factory.mktemp("learner")) as session:
        quiz = (Question("Who?", (Choice("You", "no"), Choice("It", "yes", right=True))),)
        session.lab = replace(session.lab, quiz=quiz, debrief="Take *this* home.")
        yield session


def test_watching_answers_by_events_and_ends_when_all_is_green(session: Session):
    session.predict("It comes back", "delete")
    results: list[tuple[float, CheckResult]] = []

    def follow() -> None:
        results.extend((time.monotonic(), each) for each in watch(session))

    thread = threading.Thread(target=follow)
    thread.start()
    eventually(lambda: session.record.step("delete").checks > 0)
    checks = session.record.step("delete").checks
    session.workspace.client().delete("v1", "ConfigMap", "one", "things")
    thread.join(timeout=10)

    assert not thread.is_alive()
    assert [each.green for _, each in results][-1] is True
    assert results[0][1].green is False
    assert session.record.step("delete").checks - checks < 20


def test_watching_does_not_judge_while_nothing_changes(session: Session):
    stop = threading.Event()
    thread = threading.Thread(target=lambda: list(watch(session, "add", stop=stop.is_set)))
    thread.start()
    eventually(lambda: session.record.step("add").checks > 0)
    at_rest = _at_rest(lambda: session.record.step("add").checks)
    time_of_quiet = threading.Event()
    time_of_quiet.wait(0.6)

    # A late event may bring one more look; a loop over the checks would bring a dozen.
    assert session.record.step("add").checks - at_rest <= 1
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()


def _at_rest(count) -> int:
    """A number once it has stayed the same for a while."""
    last, since = count(), time.monotonic()
    while time.monotonic() - since < 0.5:
        threading.Event().wait(0.05)
        if count() != last:
            last, since = count(), time.monotonic()
    return last


def test_a_prediction_comes_before(session: Session):
    with pytest.raises(UsageError, match="is done"):
        session.predict("too late", "delete")


def test_jumping_back_is_free_and_forward_solves_what_is_between(session: Session):
    session.reset("delete")
    solved = session.jump("add")

    assert [each.step for each in solved] == ["delete"]
    assert session.record.step("delete").solved
    assert session.current().id == "add"
    assert session.jump("1") == []


def test_the_story_has_the_learners_own_commits_and_predictions(session: Session):
    session.solve("add")
    session.answered("Who?", right=True)

    story = story_of(session)

    assert story.finished
    assert [chapter.prediction for chapter in story.chapters] == ["It comes back", ""]
    subjects = [line.subject for chapter in story.chapters for line in chapter.commits]
    assert "Add a third" in subjects
    assert story.quiz == {"Who?": True}
    assert story.debrief == "Take *this* home."
    assert story.as_data()["chapters"][0]["passed"]
