"""What is wrong with a template."""

from gitops_lab.errors import GitOpsLabError


class TemplateError(GitOpsLabError):
    """A template that can't be parsed, or not be executed with this data; worded as Go does."""

    default_reason = "TemplateError"


class CallError(Exception):
    """A function failed; the executor adds where."""


class ArgumentError(Exception):
    """A function was not called, as an argument does not fit; `index` is which, -1 all of them."""

    def __init__(self, problem: str, index: int = -1, wanted: str = "") -> None:
        super().__init__(problem)
        self.index = index
        self.wanted = wanted
