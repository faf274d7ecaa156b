"""What an author wrote: labs as files, read into values, with every problem told at once."""

from gitops_lab.lab.load import NoSuchLab, bundled, bundled_folders, find, load, name_of
from gitops_lab.lab.model import (
    Action,
    Answer,
    Choice,
    Commit,
    DemoNotes,
    Edit,
    Hint,
    HintRule,
    Lab,
    Parameter,
    Question,
    Revert,
    Run,
    SeedRepository,
    StartObjects,
    Step,
    StepText,
)
from gitops_lab.lab.problems import InvalidLab, Problem
from gitops_lab.lab.validate import examine, lint

__all__ = [
    "Action",
    "Answer",
    "Choice",
    "Commit",
    "DemoNotes",
    "Edit",
    "Hint",
    "HintRule",
    "InvalidLab",
    "Lab",
    "NoSuchLab",
    "Parameter",
    "Problem",
    "Question",
    "Revert",
    "Run",
    "SeedRepository",
    "StartObjects",
    "Step",
    "StepText",
    "bundled",
    "bundled_folders",
    "examine",
    "find",
    "lint",
    "load",
    "name_of",
]
