"""Tests that a default run has no time for: GITOPS_LAB_WIDE=1 asks for them, as CI does.

They are wider variants of what is tested anyway: more labs, another engine, another view.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

ASKED = os.environ.get("GITOPS_LAB_WIDE", "") == "1"
WIDE = (
    pytest.mark.wide,
    pytest.mark.skipif(not ASKED, reason="takes long: GITOPS_LAB_WIDE=1 scripts/test -m wide"),
)
"""The marks of such a test, for `pytest.param`."""


def wide(test: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a whole test."""
    for mark in WIDE:
        test = mark(test)
    return test
