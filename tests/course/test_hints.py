from gitops_lab.checks import Verdict
from gitops_lab.course.hints import choose, order
from gitops_lab.lab import Hint, HintRule, Step, StepText

STEP = Step(
    "s",
    StepText("s", "S", 1),
    ("test_s.py",),
    (
        Hint("branch", "…", HintRule(link="revision")),
        Hint("detail", "…", HintRule(seen="not pushed")),
        Hint("other", "…", HintRule(check="test_b", seen="^red")),
        Hint("first", "…"),
        Hint("second", "…"),
    ),
    (),
)


def red(**fields: object) -> Verdict:
    return Verdict(**{"name": "n", "passed": False, "seen": "red", "expected": "blue", **fields})


def ids(*verdicts: Verdict) -> list[str]:
    return [hint.id for hint in order(STEP, verdicts)]


def test_general_hints_come_one_after_the_other_and_the_last_one_again():
    assert choose(STEP, [red()], ()).id == "first"
    assert choose(STEP, [red()], ("first",)).id == "second"
    assert choose(STEP, [red()], ("first", "second")).id == "second"


def test_a_hint_that_fits_what_was_seen_comes_first():
    assert ids(red(link="revision")) == ["branch", "first", "second"]
    assert ids(red(details=("not pushed: 1 commit",))) == ["detail", "first", "second"]
    assert ids(red(test="checks/test_x.py::test_b")) == ["other", "first", "second"]


def test_everything_in_a_rule_has_to_match_the_same_verdict():
    assert ids(red(test="test_a"), red(test="test_b", seen="grey red")) == ["first", "second"]


def test_a_green_verdict_gives_no_hint():
    green = Verdict("n", True, "blue", "blue", link="revision")

    assert ids(green) == ["first", "second"]


def test_a_fitting_hint_is_given_even_after_all_general_ones():
    assert choose(STEP, [red(link="revision")], ("first", "second")).id == "branch"
