"""Leases of 120 s through T1 and T2, with netctld dead from the first minute on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.leases import LEASE, LeaseWatch
from lab.probes import expect, ping
from lab.timing import eventually


@pytest.mark.parametrize("place", LeaseWatch.PLACES)
def test_every_lease_is_renewed_while_netctld_is_dead(
    lease_watch: LeaseWatch,
    place: str,
    record_property: Callable[[str, object], None],
) -> None:
    lease_watch.wait_until_leases_would_have_ended()
    for watched in lease_watch.watched[place]:
        name = f"{watched.client}, {'broadcast' if watched.only_broadcast else 'unicast'}"
        renewals = eventually(f"{name} renews", watched.renewals, within=LEASE)
        record_property(name, renewals)
        assert all(watched.renews_in_its_way(seconds) for seconds in renewals), (name, renewals)
        eventually(f"{name} is answered each time", watched.all_answered)
        assert watched.asked_by_unicast() != watched.only_broadcast, name
        assert watched.lost() == [], name
        assert watched.guest.address in watched.guest.addresses()
        expect(watched.guest, ping(watched.guest.gateway))
