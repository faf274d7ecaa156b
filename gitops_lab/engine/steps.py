"""In which order a sync goes: phases, in them waves, in them kinds. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitops_lab.engine.marks import NATIVE, Annotations, Hook, Phase, wave_of
from gitops_lab.engine.plan import Change


@dataclass(frozen=True)
class Step:
    """What is done together: the next step begins when all of it is healthy.

    `changes` has the objects that are unchanged too: they have to be healthy as well.
    """

    phase: Phase
    wave: int
    changes: tuple[Change, ...] = ()
    hooks: tuple[Hook, ...] = ()

    @property
    def name(self) -> str:
        """`pre-sync`, `wave 2`."""
        return f"wave {self.wave}" if self.phase is Phase.SYNC else str(self.phase)


def steps_of(
    changes: Iterable[Change], hooks: Sequence[Hook], names: Annotations = NATIVE
) -> list[Step]:
    """The steps of a sync, in order; those for the case that it fails are not among them."""
    by_wave: dict[int, list[Change]] = {}
    for change in changes:
        if change.desired is not None:
            by_wave.setdefault(wave_of(change.desired, names), []).append(change)
    found = []
    for phase in (Phase.PRE_SYNC, Phase.SYNC, Phase.POST_SYNC):
        mine = [hook for hook in hooks if phase in hook.phases]
        waves = {hook.wave for hook in mine} | (set(by_wave) if phase is Phase.SYNC else set())
        for wave in sorted(waves):
            found.append(
                Step(
                    phase,
                    wave,
                    tuple(by_wave.get(wave, ())) if phase is Phase.SYNC else (),
                    tuple(hook for hook in mine if hook.wave == wave),
                )
            )
    return found


def after_failure(hooks: Sequence[Hook]) -> list[Step]:
    """The steps when a sync has failed."""
    mine = [hook for hook in hooks if Phase.SYNC_FAIL in hook.phases]
    return [
        Step(Phase.SYNC_FAIL, wave, hooks=tuple(hook for hook in mine if hook.wave == wave))
        for wave in sorted({hook.wave for hook in mine})
    ]
