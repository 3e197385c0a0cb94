"""What netctld tells the administrator."""

from __future__ import annotations

from .rpc import Rpc
from .timing import eventually


class Events:
    """Those of a netctld from now on."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.since = rpc("events.list")["last"]

    def expect(self, who: str, *words: str, within: float = 5.0) -> None:
        def told() -> list[tuple[str, str]]:
            events = self.rpc("events.list", since=self.since)["events"]
            return [(event["object"], event["message"]) for event in events]

        def happened() -> bool:
            return any(
                who in thing and all(word in message for word in words) for thing, message in told()
            )

        try:
            eventually(f"an event of {who} with {words}", happened, within)
        except AssertionError as error:
            raise AssertionError(f"{error}; told: {told()}") from None
