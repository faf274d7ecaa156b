"""Waiting for the signal to end."""

import signal
import threading
from types import FrameType


def wait_for_end() -> None:
    """Block the main thread until SIGTERM or SIGINT comes."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ended.wait()
