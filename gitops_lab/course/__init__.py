"""A learner in a course: progress, sessions, demos and proofs. It returns data, never prints."""

from gitops_lab.course import junit, mutants
from gitops_lab.course.begin import Options
from gitops_lab.course.demo import Beat, Played, play, script
from gitops_lab.course.hands import ActionFailed, Done
from gitops_lab.course.progress import LabProgress, Progress, StepProgress
from gitops_lab.course.proof import LabProof, Part, StepProof
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
