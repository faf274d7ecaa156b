"""Errors of YAML in the words of Go's reader, which the engines' messages quote."""

import yaml


def as_go_says(error: Exception) -> str:
    """What go-yaml would say: its lines are counted from 0 where the parser stops, from 1 else."""
    cause = error.__cause__
    if not isinstance(cause, yaml.MarkedYAMLError):
        return f"yaml: {error}"
    marks = (cause.context_mark, cause.problem_mark)
    line = next((mark.line for mark in marks if mark is not None and mark.line), 0)
    if line and isinstance(cause, yaml.scanner.ScannerError):
        line += 1
    return f"yaml: {f'line {line}: ' if line else ''}{cause.problem}"
