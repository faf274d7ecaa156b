"""A learner in a course: progress, sessions, demos and proofs. It returns data, never prints.

Each name is imported when it is asked for: `check` needs no proof, and has to answer at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitops_lab.course import junit, mutants
    from gitops_lab.course.begin import Options
    from gitops_lab.course.demo import Beat, Played, play, script
    from gitops_lab.course.hands import ActionFailed, Done
    from gitops_lab.course.progress import LabProgress, Progress, StepProgress
    from gitops_lab.course.proof import LabProof, Part, Place, StepProof
    from gitops_lab.course.prove import prove
    from gitops_lab.course.resetting import Restored
    from gitops_lab.course.session import (
        CheckResult,
        HintResult,
        Session,
        SolveResult,
        StepView,
    )
    from gitops_lab.course.status import AppState, LabStatus, StepState, status_of
    from gitops_lab.course.story import Chapter, Story, story_of
    from gitops_lab.course.watch import watch

_WHERE = {
    "begin": ("Options",),
    "demo": ("Beat", "Played", "play", "script"),
    "hands": ("ActionFailed", "Done"),
    "progress": ("LabProgress", "Progress", "StepProgress"),
    "proof": ("LabProof", "Part", "Place", "StepProof"),
    "prove": ("prove",),
    "resetting": ("Restored",),
    "session": ("CheckResult", "HintResult", "Session", "SolveResult", "StepView"),
    "status": ("AppState", "LabStatus", "StepState", "status_of"),
    "story": ("Chapter", "Story", "story_of"),
    "watch": ("watch",),
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "ActionFailed",
    "AppState",
    "Beat",
    "Chapter",
    "CheckResult",
    "Done",
    "HintResult",
    "LabProgress",
    "LabProof",
    "LabStatus",
    "Options",
    "Part",
    "Place",
    "Played",
    "Progress",
    "Restored",
    "Session",
    "SolveResult",
    "StepProgress",
    "StepProof",
    "StepState",
    "StepView",
    "Story",
    "junit",
    "mutants",
    "play",
    "prove",
    "script",
    "status_of",
    "story_of",
    "watch",
]


def __getattr__(name: str) -> Any:
    """What a module of this package offers under its own name; `junit` and `mutants` are modules.

    All of its module are kept afterwards, which also puts the functions `prove` and `watch` before
    their modules.
    """
    if name in ("junit", "mutants"):
        return import_module(f"{__name__}.{name}")
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULE[name]}")
    globals().update({each: getattr(module, each) for each in _WHERE[_MODULE[name]]})
    return globals()[name]
