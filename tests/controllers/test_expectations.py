from gitops_lab.controllers.framework.expectations import Expectations


def test_an_owner_waits_until_all_its_creations_are_seen() -> None:
    expectations = Expectations()
    assert expectations.met("web")
    expectations.expect_creations("web", 2)
    expectations.created("web")
    assert not expectations.met("web")
    expectations.created("web")
    assert expectations.met("web")


def test_a_deletion_that_is_seen_twice_counts_once() -> None:
    expectations = Expectations()
    expectations.expect_deletions("web", ["a", "b"])
    expectations.deleted("web", "a")
    expectations.deleted("web", "a")
    assert not expectations.met("web")
    expectations.deleted("web", "b")
    assert expectations.met("web")


def test_an_owner_that_is_gone_is_forgotten() -> None:
    expectations = Expectations()
    expectations.expect_creations("web", 1)
    expectations.forget("web")
    assert expectations.met("web")
