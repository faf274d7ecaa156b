"""Waiting for what other processes and threads do, without sleeping a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(probe: Callable[[], T], timeout: float = 20.0, interval: float = 0.02) -> T:
    """The first truthy answer of `probe`; its last answer or error is told when time is up.

    An `AssertionError` or `LookupError` of the probe counts as "not yet".
    """
    deadline = time.monotonic() + timeout
    while True:
        problem: object
        try:
            answer = probe()
            if answer:
                return answer
            problem = answer
        except (AssertionError, LookupError) as error:
            problem = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s; last seen: {problem!r}")
        time.sleep(interval)
