"""The runner, the plugin and the chain on a real workspace: the tiny lab with plain asserts."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gitops_lab.checks import Verdict, run
from gitops_lab.course import Session
from gitops_lab.course.idle import wait_idle
from gitops_lab.git import Clone
from gitops_lab.lab import Lab
from tests.course.started import started

FILE = "overlays/lab/colour.yaml"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with started("03-by-hand", tmp_path_factory.mktemp("run")) as session:
        yield session


@pytest.fixture
def clone(session: Session) -> Iterator[Clone]:
    """The learner's clone; the lab starts over after the test."""
    yield session.hands.clone("app")
    session.hands.forget_branches()
    session.reset()


@pytest.fixture
def judge(session: Session) -> Callable[[], list[Verdict]]:
    def judge() -> list[Verdict]:
        step = session.current()
        return run(session.lab, step, session.world(step), patience=0.0)

    return judge


def paint(clone: Clone, colour: str) -> None:
    path = clone.path / FILE
    path.write_text(path.read_text().replace("red", colour))


def test_a_plain_assert_tells_seen_expected_and_next(judge: Callable[[], list[Verdict]]):
    colour, history = judge()

    assert (colour.name, colour.seen, colour.expected, colour.next, colour.link) == (
        "The colour is blue",
        "red",
        "blue",
        "Change it in overlays/lab/colour.yaml.",
        "commit",
    )
    assert "Traceback" not in str(colour.as_data())
    assert "assert" in colour.trace
    assert history.passed
    assert history.name == "The history starts with the seed"


def test_a_pipe_that_is_closed_ends_the_telling_and_not_the_judging(
    session: Session, capfd: pytest.CaptureFixture[str]
):
    told = []

    def closed(verdict: Verdict) -> None:
        told.append(verdict)
        raise BrokenPipeError

    step = session.current()
    with pytest.raises(BrokenPipeError):
        run(session.lab, step, session.world(step), patience=0.0, on_verdict=closed)

    assert len(told) == 1
    assert capfd.readouterr().out == ""


def test_a_change_that_is_not_committed_is_seen(clone: Clone, judge: Callable[[], list[Verdict]]):
    paint(clone, "blue")

    assert f"not committed: {FILE}" in judge()[0].details


def test_a_commit_that_is_not_pushed_is_seen(clone: Clone, judge: Callable[[], list[Verdict]]):
    paint(clone, "blue")
    clone.commit_all("Blue")

    assert "not pushed: 1 commit" in judge()[0].details


def test_a_commit_on_a_branch_is_the_link_revision(
    session: Session, clone: Clone, judge: Callable[[], list[Verdict]]
):
    paint(clone, "blue")
    clone.commit_all("Blue")
    clone.push("HEAD:refs/heads/try")
    clone.reset_to_upstream("main")

    assert judge()[0].link == "revision"


def test_broken_yaml_is_the_link_render_with_its_file(
    session: Session, clone: Clone, judge: Callable[[], list[Verdict]]
):
    paint(clone, "[blue")
    clone.commit_all("Break it")
    clone.push()
    wait_idle(session.world())

    (verdict, _) = judge()
    assert verdict.link == "render"
    assert any("colour.yaml" in detail for detail in verdict.details)


def own_checks(lab: Lab, into: Path, text: str) -> Lab:
    """The same lab with one file of checks of its own."""
    folder = Path(shutil.copytree(lab.folder, into / "lab"))
    (folder / "checks/test_plain.py").write_text(text)
    return replace(lab, folder=folder)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("def test_it(:\n", "the check can't be read"),
        ("import nothing_of_that_name\n", "the check can't be read"),
        ("def test_it(nothing_of_that_name): pass\n", "the check broke"),
        ("def test_it(): {}['key']\n", "the check broke: KeyError: 'key'"),
        ("", "no check ran"),
    ],
)
def test_a_broken_check_is_red_and_says_so(session: Session, tmp_path: Path, text: str, seen: str):
    lab = own_checks(session.lab, tmp_path, text)

    (verdict,) = run(lab, None, session.world(), patience=0.0)

    assert verdict.seen.startswith(seen)
    assert "fault of the lab" in verdict.next


FIXTURES = """
def test_all(expect, world, workspace, parameters, clusters, cluster, repos, repo, apps, app):
    assert (list(clusters), list(repos), list(apps)) == (["main"], ["app"], ["app"])
    assert cluster is clusters["main"] and repo == repos["app"] and app == apps["app"]
    assert cluster.core.read_namespace("by-hand").metadata.name == "by-hand"
    assert cluster.apps.list_namespaced_deployment("by-hand").items == []
    assert cluster.batch.list_namespaced_job("by-hand").items == []
    found = cluster.custom.list_cluster_custom_object("gitops-lab.dev", "v1", "gitopsapps")
    assert found["items"][0]["metadata"]["name"] == "app"
    assert repo.objects("base/colour.yaml")[0]["kind"] == "ConfigMap"
    assert app["status"]["sync"]["status"] == "Synced"
    assert "base/colour.yaml" in repo.files() and repo.head() == app["status"]["revision"]
    assert world.place is workspace and parameters == {}


def test_http(http):
    http("nowhere", "by-hand")
"""


def test_a_test_gets_everything_as_fixtures(session: Session, tmp_path: Path):
    lab = own_checks(session.lab, tmp_path, FIXTURES)

    everything, http = run(lab, None, session.world(), patience=0.0)

    assert everything.passed, everything.trace
    assert http.seen == "there is no Service/nowhere in namespace by-hand"


def test_nothing_is_printed_written_or_taken_from_the_users_set_up(
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    lab = own_checks(session.lab, tmp_path, "def test_it():\n    print('loud')\n")
    (lab.folder / "pytest.ini").write_text("[pytest]\naddopts = --also-no-such-option\n")
    before = sorted(lab.folder.rglob("*"))

    (verdict,) = run(lab, None, session.world())

    assert verdict.passed
    assert capfd.readouterr() == ("", "")
    assert sorted(lab.folder.rglob("*")) == before


def test_files_of_the_same_name_in_two_labs_do_not_mix(session: Session, tmp_path: Path):
    for number in ("1", "2"):
        text = f"def test_it():\n    assert 0 == {number}\n"
        lab = own_checks(session.lab, tmp_path / number, text)
        (verdict,) = run(lab, None, session.world(), patience=0.0)
        assert verdict.expected == number


def test_a_clone_that_is_broken_still_gives_a_verdict(
    clone: Clone, judge: Callable[[], list[Verdict]]
):
    head = clone.path / ".git" / "HEAD"
    kept = head.read_text()
    head.write_text("nonsense")

    verdict = judge()[0]
    head.write_text(kept)

    assert (verdict.seen, verdict.link) == ("red", "commit")
    assert any("git" in detail for detail in verdict.details)


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("import threading\ndef test_it(): threading.Event().wait()\n", "an answer"),
        (
            "from gitops_lab.checks import Named, Present, Sight\n"
            "class Never:\n"
            "    def look(self, world): return Sight(False, 'no', 'yes', waits='the moon')\n"
            "def test_it(expect): expect(Never())\n",
            "the moon",
        ),
    ],
)
def test_a_check_that_takes_too_long_says_what_it_waits_for(
    session: Session, tmp_path: Path, text: str, waits: str
):
    lab = own_checks(session.lab, tmp_path, text)

    (verdict,) = run(lab, None, session.world(), patience=60.0, limit=1.0)

    assert not verdict.passed
    assert verdict.seen == f"no answer within 1 s; it waits for {waits}."
    assert "gitops-lab status" in verdict.next


WAITS = '''
from dataclasses import dataclass, field

from gitops_lab.checks import Sight


@dataclass
class Counts:
    """Waits for a ConfigMap, and counts how often it has looked."""

    looks: list = field(default_factory=list)

    def look(self, world):
        self.looks.append(1)
        there = world.find("v1/ConfigMap", "awaited", "default") is not None
        return Sight(there, f"{len(self.looks)} looks", "it is there", waits="a ConfigMap")


def test_it(expect):
    """The ConfigMap is there"""
    expect(Counts())
'''


def test_a_check_that_waits_looks_again_when_something_has_changed(
    session: Session, tmp_path: Path
):
    lab, found = own_checks(session.lab, tmp_path, WAITS), []
    thread = threading.Thread(target=lambda: found.extend(run(lab, None, session.world())))
    thread.start()
    client = session.workspace.client()
    awaited = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "awaited"}}
    awaited["metadata"]["namespace"] = "default"
    client.create(awaited)
    thread.join(timeout=60)
    client.delete("v1", "ConfigMap", "awaited", "default")

    (verdict,) = found
    assert verdict.passed
    assert int(verdict.seen.split()[0]) < 20
