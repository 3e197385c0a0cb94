"""Time limits. NETCTL_TEST_TIME_FACTOR stretches all of them on a slow machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FACTOR = float(os.environ.get("NETCTL_TEST_TIME_FACTOR", "1"))
# How long a packet that must arrive may take, and how long we wait for one that must not.
ARRIVES = 5.0 * FACTOR
SILENCE = 0.4 * FACTOR


def seconds(value: float) -> float:
    return value * FACTOR


def pause(value: float) -> None:
    time.sleep(seconds(value))


def eventually(what: str, look: Callable[[], T], within: float = 5.0, every: float = 0.01) -> T:
    """The first true value of `look`; an AssertionError that names `what` when the time is over."""
    deadline = time.monotonic() + seconds(within)
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds(within):g} s (last: {value!r})")
        time.sleep(every)
