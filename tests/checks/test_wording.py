import pytest

from gitops_lab.checks.wording import Comparison, verdict_of_error


def verdict(error: BaseException, comparison: Comparison | None = None):
    return verdict_of_error("The name", error, comparison, "test", "trace")


@pytest.mark.parametrize(
    ("operator", "expected"), [("==", "blue"), ("!=", "not blue"), ("<", "< blue")]
)
def test_both_sides_of_an_assert_become_seen_and_expected(operator: str, expected: str):
    told = verdict(
        AssertionError("Paint it.\nassert 'red' ..."), Comparison(operator, "red", "blue")
    )

    assert (told.seen, told.expected, told.next) == ("red", expected, "Paint it.")


def test_an_assert_without_a_comparison_tells_its_message():
    told = verdict(AssertionError("Paint it.\nassert False"))

    assert (told.seen, told.expected, told.passed) == ("Paint it.", "The name", False)


def test_an_assert_without_a_word_tells_itself():
    assert verdict(AssertionError("assert False\n +  where …")).seen == "assert False"


def test_a_check_that_breaks_is_not_the_learners_fault():
    told = verdict(KeyError("data"))

    assert told.broke
    assert told.seen == "the check broke: KeyError: 'data'"
    assert "fault of the lab" in told.next


def test_a_long_value_is_cut():
    assert len(verdict(AssertionError(""), Comparison("==", "x" * 999, "y")).seen) == 200
