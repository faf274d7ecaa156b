import pytest

from gitops_lab.engine.ranges import is_range, pick

TAGS = [
    "v1.0.0",
    "v1.2.0",
    "v1.2.3",
    "v1.10.0",
    "v2.0.0-rc.1",
    "v2.0.0",
    "0.3.1",
    "0.4.0",
    "latest",
    "v3",
]


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("1.x", "v1.10.0"),
        ("^1.2", "v1.10.0"),
        ("~1.2", "v1.2.3"),
        ("~1.2.0", "v1.2.3"),
        (">=1.0.0 <2.0.0", "v1.10.0"),
        (">= 1.0, < 1.10", "v1.2.3"),
        ("1.0.0 - 1.2.0", "v1.2.0"),
        ("^0.3", "0.3.1"),
        ("*", "v2.0.0"),
        (">=2.0.0-0 <2.0.0", "v2.0.0-rc.1"),
        ("<1.0 || >=2", "v2.0.0"),
        ("<=1.2", "v1.2.3"),
        (">1.2 <2", "v1.10.0"),
        (">5", None),
    ],
)
def test_the_highest_version_that_fits_is_picked(wanted, tag):
    assert is_range(wanted)
    assert pick(wanted, TAGS) == tag


@pytest.mark.parametrize(
    "revision",
    ["main", "v1.2.3", "1.2.3", "release-1.x-branch", "feature/x", "a1b2c3d", "HEAD", "x"],
)
def test_the_name_of_a_branch_a_tag_or_a_commit_is_no_range(revision):
    assert not is_range(revision) or revision == "x"


def test_a_pre_release_is_never_picked_unasked():
    assert pick(">=1.0", ["v1.0.0", "v1.1.0-beta"]) == "v1.0.0"
    assert pick(">=1.1.0-alpha", ["v1.0.0", "v1.1.0-beta"]) == "v1.1.0-beta"


def test_pre_releases_are_in_order():
    tags = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10"]
    assert pick(">=1.0.0-0", tags) == "1.0.0-rc.10"
