"""The short form of scripts/soak, and its judge on histories that are known."""

from __future__ import annotations

import pytest
from soak.history import ABSENT, BUSY, CHANGED, PRESENT, UNCHANGED, History, step
from soak.serial import UNANSWERED, Call, serial_ends
from soak.soak import soak


@pytest.mark.parametrize(
    "calls, ends",
    [
        ([(0, 1, "authorize", CHANGED)], {PRESENT}),
        ([(0, 1, "authorize", UNCHANGED)], set()),
        ([(0, 1, "authorize", BUSY)], {ABSENT}),
        ([(0, 1, "authorize", UNANSWERED)], {ABSENT, PRESENT}),
        # At once, so in the order that explains them.
        ([(0, 3, "authorize", CHANGED), (1, 2, "revoke", CHANGED)], {ABSENT}),
        ([(0, 3, "authorize", CHANGED), (1, 2, "authorize", UNCHANGED)], {PRESENT}),
        # One after the other.
        ([(0, 1, "authorize", CHANGED), (2, 3, "authorize", CHANGED)], set()),
        ([(0, 1, "authorize", UNCHANGED), (2, 3, "authorize", CHANGED)], set()),
        # It happened and was not answered, before the end of what did not answer.
        ([(0, 2, "authorize", UNANSWERED), (1, 3, "authorize", UNCHANGED)], {PRESENT}),
        ([(0, 1, "authorize", UNANSWERED), (2, 3, "authorize", CHANGED)], {PRESENT}),
        ([(0, 1, "allocate bob", CHANGED), (2, 3, "allocate alice", "InvalidAddress.InUse")], {"bob"}),
        ([(0, 1, "allocate bob", CHANGED), (2, 3, "allocate alice", CHANGED)], set()),
        ([(0, 1, "allocate bob", CHANGED), (2, 3, "release alice", UNCHANGED)], {"bob"}),
    ],
)
def test_the_judge(calls: list[tuple[int, int, str, str]], ends: set[str]) -> None:
    assert serial_ends({ABSENT}, [Call(*call) for call in calls], step) == ends


@pytest.mark.parametrize("ended, faults", [(None, 0), (1.5, 1)], ids=["serves", "ended"])
def test_what_was_not_answered_may_happen_until_its_netctld_ends(
    ended: float | None, faults: int
) -> None:
    """A connection that fails says nothing of its command, which netctld goes on with."""
    history = History()
    history.note("permission 22", Call(0, 1, "authorize", UNANSWERED), server=7)
    history.note("permission 22", Call(2, 3, "revoke", UNCHANGED))
    if ended is not None:
        history.ended[7] = ended
    assert len(history.settle({"permission 22": PRESENT})) == faults


def test_a_short_soak() -> None:
    report = soak(20.0, seed=1)
    assert report.is_right(), report.text()
    assert report.kills and report.faults and report.commands > 50, report.text()
