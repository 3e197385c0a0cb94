"""A public address that was given back, and who may name it."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud
from lab.lab import Lab
from lab.rpc import RpcError


@pytest.fixture
def bridge_netfilter() -> int:
    """One value will do: no packet is in question here."""
    return 1


def test_only_the_former_owner_names_it_for_a_while(lab: Lab, cloud: Cloud) -> None:
    with lab.daemon.restarted(NETCTL_QUARANTINE="600"):
        cloud.account("alice")
        cloud.account("bob")
        address = cloud.allocate("alice")
        cloud.release("alice", address)
        assert cloud.allocate("bob") != address, "it comes last"
        lab.daemon.kill()
        lab.daemon.start()
        with pytest.raises(RpcError) as refused:
            cloud.allocate("bob", address=address)
        assert refused.value.reason == "InvalidIPAddress.InUse"
        assert "was given back by another account" in refused.value.message
        assert cloud.allocate("alice", address=address) == address
        cloud.release("alice", address)
        with lab.daemon.reloaded(NETCTL_QUARANTINE="0"):
            assert cloud.allocate("bob", address=address) == address
