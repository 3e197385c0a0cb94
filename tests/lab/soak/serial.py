"""Whether what many clients were answered at once could have been answered one after the other.

Herlihy and Wing, "Linearizability", 1990: a history is serial where that of each object is. So
objects are checked one by one, each with a search as of Wing and Gong, 1993.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

UNANSWERED = "unanswered"

State = Hashable


@dataclass(frozen=True)
class Call:
    """A command about one object, from its sending to its answer, in seconds of one clock.

    Where no answer came, `end` is when it can no longer happen: netctld serves again.
    """

    begin: float
    end: float
    name: str
    answer: str


Step = Callable[[State, Call], State | None]
"""The state after a call that had this answer; None where it cannot have had it in that state."""


def serial_ends(first: Iterable[State], calls: list[Call], step: Step) -> set[State]:
    """The states in which the object can be after all of the calls; none: no order explains them."""
    order = sorted(calls, key=lambda call: call.begin)
    # How many of the first calls are done, which of the later ones are, and the state after.
    seen: set[tuple[int, frozenset[int], State]] = set()
    todo = [(0, frozenset[int](), state) for state in first]
    ends: set[State] = set()
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        done, beyond, state = place
        if done == len(order):
            ends.add(state)
            continue
        for index in candidates(order, done, beyond):
            call = order[index]
            after = [] if (stepped := step(state, call)) is None else [stepped]
            if call.answer == UNANSWERED:
                after.append(state)  # it may not have happened
            todo += [(*advanced(done, beyond | {index}), one) for one in after]
    return ends


def candidates(order: list[Call], done: int, beyond: frozenset[int]) -> list[int]:
    """Which call can be the next: none that began after another one, still to come, had ended."""
    found = []
    earliest = float("inf")
    for index in range(done, len(order)):
        if order[index].begin > earliest:
            break
        if index not in beyond:
            found.append(index)
            earliest = min(earliest, order[index].end)
    return [index for index in found if order[index].begin <= earliest]


def advanced(done: int, beyond: frozenset[int]) -> tuple[int, frozenset[int]]:
    while done in beyond:
        beyond = beyond - {done}
        done += 1
    return done, beyond
