import pytest

from gitops_lab.controllers.deployment import maths
from gitops_lab.kube.objects import name_of

from .objects import deployment, replica_set, rolling


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (2, "0%", "1%", (0, 1)),
        (2, "1%", "25%", (1, 0)),
        (1, "1%", "0%", (1, 0)),
        (3, "25%", "25%", (1, 0)),
        (10, "25%", "25%", (3, 2)),
        (10, 3, 2, (3, 2)),
        (4, 0, 0, (0, 1)),
    ],
)
def test_surge_rounds_up_and_unavailable_rounds_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    strategy = rolling(surge, unavailable)
    assert maths.fence_posts(deployment(replicas, strategy=strategy)) == expected


def test_a_deployment_without_replicas_tolerates_no_unavailable_pod() -> None:
    assert maths.max_unavailable(deployment(0)) == 0


def test_unavailable_is_never_more_than_the_replicas() -> None:
    assert maths.max_unavailable(deployment(2, strategy=rolling(0, 5))) == 2


def test_recreate_has_neither_surge_nor_unavailable() -> None:
    recreate = deployment(4, strategy={"type": "Recreate"})
    assert (maths.max_surge(recreate), maths.max_unavailable(recreate)) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "old", "new", "expected"),
    [
        (10, 10, 0, 3),
        (10, 8, 3, 5),
        (10, 13, 0, 0),
        (10, 0, 9, 10),
        (3, 0, 0, 3),
        (3, 0, 5, 3),
    ],
)
def test_the_new_set_grows_into_the_surge(wanted: int, old: int, new: int, expected: int) -> None:
    rollout = deployment(wanted, strategy=rolling(3, 2))
    sets = [replica_set("old", old), replica_set("newer", new)]
    assert maths.new_set_size(rollout, sets, sets[1]) == expected


def _shrunk(wanted: int, old: list[tuple[int, int]], new: tuple[int, int]) -> list[int]:
    rollout = deployment(wanted, strategy=rolling(3, 2))
    sets = [replica_set("x" * (n + 1), size, available=up) for n, (size, up) in enumerate(old)]
    newer = replica_set("the-new-one", new[0], available=new[1])
    sizes = {name_of(one): maths.replicas(one) for one in sets}
    for one, size in maths.shrink_old_sets(rollout, sets, newer):
        sizes[name_of(one)] = size
    return list(sizes.values())


def test_old_pods_go_only_as_far_as_availability_allows() -> None:
    assert _shrunk(10, [(10, 10)], (3, 0)) == [8]
    assert _shrunk(10, [(8, 8)], (5, 5)) == [3]


def test_nothing_goes_while_the_new_pods_crash_and_the_budget_is_spent() -> None:
    assert _shrunk(10, [(8, 7)], (5, 0)) == [8]


def test_pods_that_are_not_available_go_first() -> None:
    assert _shrunk(10, [(5, 5), (5, 1)], (3, 3)) == [4, 1]


def test_nothing_goes_on_a_status_from_before_the_last_scaling() -> None:
    assert _shrunk(5, [(5, 10)], (5, 0)) == [5]


def test_a_roll_over_takes_the_crashing_pods_of_the_release_before() -> None:
    assert _shrunk(10, [(8, 8), (5, 0)], (0, 0)) == [8, 0]


def test_a_change_of_replicas_is_told_from_a_rollout_by_the_annotation() -> None:
    sets = [replica_set("a", 3, desired_replicas="3")]
    assert not maths.is_scaled(deployment(3), sets)
    assert maths.is_scaled(deployment(5), sets)


def test_scaling_with_one_active_set_is_about_that_one() -> None:
    old, new = replica_set("a", 0), replica_set("bb", 3)
    assert maths.only_active_or_latest(new, [old]) is new
    assert (
        maths.only_active_or_latest(None, [old, replica_set("ccc", 0)])["metadata"]["name"] == "ccc"
    )
    assert maths.only_active_or_latest(new, [replica_set("a", 1)]) is None


@pytest.mark.parametrize(
    ("before", "wanted", "sizes", "expected"),
    [
        (10, 20, [5, 5], [10, 10]),
        (10, 5, [8, 2], [4, 1]),
        (10, 12, [10, 5], [6, 6]),
        (10, 0, [8, 2], [0, 0]),
    ],
)
def test_scaling_in_a_rollout_keeps_proportions(
    before: int, wanted: int, sizes: list[int], expected: list[int]
) -> None:
    rollout = deployment(wanted, strategy=rolling(0, 1))
    sets = [replica_set("x" * (n + 1), s, max_replicas=str(before)) for n, s in enumerate(sizes)]
    scaled = {name_of(one): size for one, size in maths.scale_in_proportion(rollout, sets)}
    assert [scaled[name_of(one)] for one in sets] == expected


def test_a_set_is_saturated_when_all_agree_and_all_is_up() -> None:
    assert maths.is_saturated(deployment(3), replica_set("a", 3, desired_replicas="3"))
    assert not maths.is_saturated(deployment(3), replica_set("a", 3, desired_replicas="2"))
    late = replica_set("a", 3, available=2, desired_replicas="3")
    assert not maths.is_saturated(deployment(3), late)
