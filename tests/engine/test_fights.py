from gitops_lab.engine.fights import Fights
from gitops_lab.engine.semantics import native
from gitops_lab.kube import ObjectKey

KEY = ObjectKey("apps", "Deployment", "shop", "web")
OTHER = ObjectKey("apps", "Deployment", "shop", "api")


def play(fights: Fights, by: str, pause: float, times: int, now: float = 1000.0) -> list[float]:
    """The delays when somebody changes the object again so many seconds after each healing."""
    delays = []
    for _ in range(times):
        delays.append(fights.delay(KEY, now))
        now += delays[-1]
        fights.healed(KEY, by, now)
        now += pause
    return delays


def test_who_answers_each_healing_at_once_is_healed_more_and_more_slowly() -> None:
    delays = play(Fights(native()), "", 0.0, 9)

    assert delays == [0.0] * 5 + [0.5, 1.0, 2.0, 4.0]


def test_another_controller_is_recognised_when_it_comes_round_every_few_seconds() -> None:
    fights = Fights(native())

    delays = play(fights, "autoscaler", 5.0, 9)

    assert delays[5:] == [0.0, 0.0, 0.0, 0.0]  # slower than the delay: each change is healed
    assert fights.rounds(KEY) == (8, "autoscaler")
    assert play(fights, "autoscaler", 5.0, 3, 1045.0) == [3.0, 11.0, 27.0]


def test_a_person_is_healed_at_once_however_often() -> None:
    assert play(Fights(native()), "kubectl-scale", 2.0, 50) == [0.0] * 50


def test_who_deletes_by_hand_again_and_again_is_healed_at_once() -> None:
    assert play(Fights(native()), "", 2.0, 50) == [0.0] * 50


def test_a_fight_is_forgiven_after_a_while() -> None:
    fights = Fights(native())
    play(fights, "autoscaler", 0.0, 9)

    assert fights.delay(KEY, 2000.0) == 0.0
    assert fights.rounds(KEY) == (0, "autoscaler")


def test_a_fight_over_one_object_keeps_no_other_from_being_healed() -> None:
    fights = Fights(native())
    play(fights, "autoscaler", 0.0, 9)

    assert fights.delay(OTHER, 1000.0) == 0.0


def test_what_changes_again_while_it_waits_to_be_healed_counts_once() -> None:
    fights = Fights(native())
    now = 1000.0
    for _ in range(5):
        fights.healed(KEY, "autoscaler", now)
        first = fights.delay(KEY, now)

    assert first == 0.5
    assert fights.delay(KEY, now + 0.25) == 0.25
