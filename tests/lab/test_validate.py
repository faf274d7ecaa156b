from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_lab.lab import InvalidLab, load
from tests.lab.mini import COURSE, copy_of, problems_of, replaced


def test_every_problem_is_told_at_once_with_line_and_fix():
    with pytest.raises(InvalidLab) as caught:
        load(COURSE / "05-invalid")

    told = [str(problem) for problem in caught.value.problems]
    assert caught.value.exit_code == 2
    assert all(problem.fix for problem in caught.value.problems)
    for expected in EVERY:
        assert any(line.startswith(expected) for line in told), (expected, "\n".join(told))
    assert len(told) == len(EVERY)


EVERY = [
    "README.md:3: the heading `Another step` is no step of lab.yaml.",
    "README.md:5: unknown part `Doo`.",
    "lab.yaml:1: `title` is missing in the lab.",
    "lab.yaml:3: unknown key `titel` in the lab.",
    "lab.yaml:5: `level` is `begginer`. Use one of",
    "lab.yaml:6: `minutes` is soon. Use a whole number from 1 to 480.",
    "lab.yaml:10: `parameters.Word` is `Word`.",
    "lab.yaml:12: the repository `web` is there 2 times.",
    "lab.yaml:13: the repository `web` is there 2 times.",
    "lab.yaml:14: `../../../etc` leaves the lab's folder.",
    "lab.yaml:20: spec.syncPolicy.automatic is not a field here",
    "lab.yaml:22: the file `objects/missing.yaml` is missing.",
    "lab.yaml:24: README.md has no heading for the step `first`.",
    "lab.yaml:25: `checks/test_there.py` has no test `test_ther`.",
    "lab.yaml:25: the file `checks/test_missing.py` is missing.",
    "lab.yaml:26: every hint has a condition.",
    "lab.yaml:27: `steps[0].hints[0].when.link` is `comit`.",
    "lab.yaml:31: 'unknown' is undefined; the parameters are: Word.",
    "lab.yaml:32: `../outside` leaves the repository.",
    "lab.yaml:35: there is no hint called `nowhere`.",
    "lab.yaml:36: `steps[0].wrong[0].do[0].run.command` is too short.",
    "lab.yaml:37: README.md has no heading for the step `second`.",
    "lab.yaml:38: `steps[1].checks` is too short.",
    "lab.yaml:39: `steps[1].hints` is too short.",
    "lab.yaml:41: `steps[1].solution[0]` has 2 keys.",
    "seed/web/deploy/config.yaml.j2:1: 'nothing' is undefined",
]


def test_what_was_meant_is_suggested():
    with pytest.raises(InvalidLab, match="did you mean `title`"):
        load(COURSE / "05-invalid")


def with_objects(lab: Path, more: str = "") -> None:
    """The lab with one file of objects, which is there."""
    (lab / "objects").mkdir()
    (lab / "objects/some.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: some, namespace: notes}\n"
    )
    replaced(lab, "lab.yaml", "steps:\n", f"objects: [{{file: objects/some.yaml{more}}}]\nsteps:\n")


def with_quiz(lab: Path, choices: str) -> None:
    """The lab with one question."""
    replaced(lab, "lab.yaml", "steps:\n", f"quiz: [{{ask: Who?, choices: {choices}}}]\nsteps:\n")


SPOILED: list[tuple[str, Callable[[Path], None], str]] = [
    (
        "an edit whose text is not there",
        lambda lab: replaced(lab, "lab.yaml", "word: nothing", "word: something"),
        "`word: something` stands there 0 times, not once",
    ),
    (
        "a solution folder that is missing",
        lambda lab: replaced(lab, "lab.yaml", "also-right/whole", "also-right/hole"),
        "the folder `also-right/hole` is missing",
    ),
    (
        "a check that is not Python",
        lambda lab: replaced(lab, "checks/test_change.py", "def test_word(", "def test_word"),
        "is not Python",
    ),
    (
        "a check file without a test",
        lambda lab: replaced(lab, "checks/test_change.py", "def test_word(", "def word("),
        "has no test",
    ),
    (
        "a README without a step's heading",
        lambda lab: replaced(lab, "README.md", "{#change}", "{#chance}"),
        "README.md has no heading for the step `change`",
    ),
    (
        "a step that says nothing to do",
        lambda lab: replaced(lab, "README.md", "### Do", "### Why not"),
        "has no part `Do`",
    ),
    (
        "an unknown parameter in the README",
        lambda lab: replaced(lab, "README.md", "`{{ word }}`", "`{{ wort }}`"),
        "README.md:11: 'wort' is undefined",
    ),
    (
        "no README",
        lambda lab: (lab / "README.md").unlink(),
        "README.md: is missing",
    ),
    (
        "a symbolic link",
        lambda lab: (lab / "seed/notes/passwd").symlink_to("/etc/passwd"),
        "seed/notes/passwd: is a symbolic link",
    ),
    (
        "a file name that leads out",
        lambda lab: (
            replaced(lab, "lab.yaml", "[maple,", "[../../maple,")
            or (lab / "seed/notes/{{ word }}").write_text("x")
        ),
        "outside its folder",
    ),
    (
        "an app without a repository",
        lambda lab: replaced(lab, "lab.yaml", "{repo: notes, path: deploy}", "{repo: note}"),
        "there is no repository called `note`",
    ),
    (
        "an app whose path is not in the seed",
        lambda lab: replaced(lab, "lab.yaml", "path: deploy}", "path: deployed}"),
        "the seed of `notes` has no folder `deployed`",
    ),
    (
        "not YAML",
        lambda lab: replaced(lab, "lab.yaml", "title: One", "title: [One"),
        ": not YAML",
    ),
    (
        "a key that stands twice",
        lambda lab: replaced(lab, "lab.yaml", "level: beginner", "title: Again"),
        "lab.yaml:5: the key 'title' stands twice",
    ),
    (
        "a seed without a file",
        lambda lab: (
            replaced(lab, "lab.yaml", "apps:\n", "  - {name: more, seed: empty}\napps:\n")
            or (lab / "empty").mkdir()
        ),
        "lab.yaml:12: the folder `empty` holds no file",
    ),
    (
        "objects that Kubernetes can't take",
        lambda lab: (
            with_objects(lab) or (lab / "objects/some.yaml").write_text("kind: ConfigMap\n")
        ),
        "objects/some.yaml:1: is not a Kubernetes object",
    ),
    (
        "objects that are no text",
        lambda lab: with_objects(lab) or (lab / "objects/some.yaml").write_bytes(b"\xff\xfe"),
        "objects/some.yaml:1: is not text in UTF-8",
    ),
    (
        "objects in a cluster that is not there",
        lambda lab: with_objects(lab, ", cluster: prod"),
        "there is no cluster called `prod`",
    ),
    (
        "a check outside its folder",
        lambda lab: replaced(lab, "lab.yaml", "[test_change.py]", "[../test_change.py]"),
        "lab.yaml:20: `../test_change.py` leaves the folder checks",
    ),
    (
        "a rule that is no regular expression",
        lambda lab: replaced(lab, "lab.yaml", "{link: revision}", '{seen: "("}'),
        "lab.yaml:23: is not a regular expression",
    ),
    (
        "two hints of one name",
        lambda lab: replaced(lab, "lab.yaml", "- id: by-hand", "- id: on-a-branch"),
        "the hint `on-a-branch` is there 2 times",
    ),
    (
        "a question without a right answer",
        lambda lab: with_quiz(lab, "[{say: You, why: No.}, {say: It, why: No.}]"),
        "none of the choices is right",
    ),
    (
        "a question with two right answers",
        lambda lab: with_quiz(
            lab, "[{say: You, why: Yes., right: true}, {say: It, why: Yes., right: true}]"
        ),
        "2 of the choices is right",
    ),
    (
        "a parameter that is named as a fact",
        lambda lab: replaced(lab, "lab.yaml", "word: [maple,", "engine: [a, b]\n  word: [maple,"),
        "lab.yaml:9: `engine` is no parameter's name",
    ),
    (
        "a commit that changes nothing",
        lambda lab: replaced(lab, "lab.yaml", 'put: "word: {{ word }}"', 'put: "word: nothing"'),
        "changes nothing",
    ),
]


@pytest.mark.parametrize(("spoil", "told"), [pytest.param(*s[1:], id=s[0]) for s in SPOILED])
def test_a_spoiled_lab_says_what_is_wrong(tmp_path: Path, spoil: Callable[[Path], None], told: str):
    lab = copy_of("01-commit", tmp_path)
    spoil(lab)

    assert any(told in str(problem) for problem in problems_of(lab)), problems_of(lab)


@pytest.mark.parametrize("name", ["01-commit", "02-heal", "03-by-hand", "04-unproven"])
def test_the_other_tiny_labs_are_valid(name: str):
    assert problems_of(COURSE / name) == []
