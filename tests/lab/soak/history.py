"""What the clients of a soak asked and were answered, by object."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from dataclasses import replace

from .serial import UNANSWERED, Call, State, serial_ends

ABSENT, PRESENT = "absent", "present"
CHANGED, UNCHANGED = "changed", "unchanged"
BUSY = "busy"  # the same may succeed later: it did not happen

TARGETS = {"authorize": PRESENT, "revoke": ABSENT, "attach": PRESENT, "detach": ABSENT}


def step(state: State, call: Call) -> State | None:
    if call.answer == BUSY:
        return state
    name, _, owner = call.name.partition(" ")
    if owner:
        return step_of_address(state, name, owner, call.answer)
    target = TARGETS[name]
    told = {CHANGED: state != target, UNCHANGED: state == target, UNANSWERED: True}
    return target if told.get(call.answer, False) else None


def step_of_address(state: State, name: str, owner: str, answer: str) -> State | None:
    """An address is absent, or its owner's. A release of another's changes nothing."""
    target = owner if name == "allocate" else ABSENT
    from_here = state == (ABSENT if name == "allocate" else owner)
    if answer == CHANGED:
        return target if from_here else None
    if answer == UNCHANGED:
        return state if state == target or (name == "release" and not from_here) else None
    if answer == UNANSWERED:
        return target if from_here else state
    return state if name == "allocate" and state not in (ABSENT, owner) else None  # refused


class History:
    """Threads note their calls in it; one at a time looks at it, while nobody calls."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: dict[str, list[tuple[Call, int]]] = defaultdict(list)
        self.ended: dict[int, float] = {}
        self.states: dict[str, set[State]] = defaultdict(lambda: {ABSENT})
        self.answers: Counter[str] = Counter()

    def note(self, thing: str, call: Call, server: int = 0) -> None:
        """A call that was not answered may happen until the `server`, a process, has ended."""
        with self.lock:
            self.calls[thing].append((call, server))
            self.answers[f"{call.name}: {call.answer}"] += 1

    def server_ended(self, server: int) -> None:
        self.ended[server] = time.monotonic()

    def settle(self, found: dict[str, str]) -> list[str]:
        """Holds all calls since the last time against what is found now; the faults."""
        faults = []
        for thing in sorted(self.calls.keys() | found.keys()):
            now = found.get(thing, ABSENT)
            calls = [
                replace(call, end=self.ended.get(server, float("inf"))) if server else call
                for call, server in self.calls.pop(thing, [])
            ]
            ends = serial_ends(self.states[thing], calls, step)
            if now not in ends:
                told = "; ".join(
                    f"{call.begin:.3f}-{call.end:.3f} {call.name}: {call.answer}"
                    for call in sorted(calls, key=lambda call: call.begin)
                )
                faults.append(f"{thing} is {now}, from {self.states[thing]} by {told}")
            self.states[thing] = {now}
        return faults
