"""The usual beginning of a test: one instance that the outside reaches."""

from __future__ import annotations

from .cloud import permit_tcp
from .guest import Guest
from .lab import Lab
from .probes import expect, tcp


def boot_web(lab: Lab) -> Guest:
    """Of alice's group web, which lets everybody in at port 22; the client gets through."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    return guest
