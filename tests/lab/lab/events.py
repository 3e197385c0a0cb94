"""What netctld tells the administrator."""

from __future__ import annotations

from .rpc import Rpc
from .timing import eventually


class Events:
    """Those of a netctld from now on."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.since = rpc("events.list")["last"]

    def expect(self, who: str, *words: str) -> None:
        def happened() -> bool:
            events = self.rpc("events.list", since=self.since)["events"]
            return any(
                who in event["object"] and all(word in event["message"] for word in words)
                for event in events
            )

        eventually(f"an event of {who} with {words}", happened)
