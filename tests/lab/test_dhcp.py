"""The DHCP server: who is answered, and that nothing interrupts it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.cloud import Cloud, permit_tcp
from lab.guest import Guest
from lab.lab import Lab
from lab.probes import expect, ping, tcp
from lab.timing import eventually, pause, seconds


def dhcp_status(cloud: Cloud) -> dict[str, Any]:
    return dict(cloud.rpc("system.status")["dhcp"])


def renew_now(guest: Guest) -> None:
    """Asks again for the lease that the guest has: udhcpc renews on SIGUSR1."""
    before = len(guest.leases())
    guest.call("signal", pid=guest.client_pid, number=10)
    eventually(f"{guest.name} renews", lambda: len(guest.leases()) > before)


def test_new_instances_and_networks_interrupt_nobody(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    old = lab.boot("alice", "default")
    server = dhcp_status(cloud)["pid"]
    for number in range(4):
        cloud.group("alice", f"group{number}")
        lab.boot("alice", f"group{number}")
        renew_now(old)
    assert dhcp_status(cloud)["pid"] == server
    assert {lease.ip for lease in old.leases()} == {old.address}
    assert all(event.event != "nak" for event in old.lease_events())


def test_a_renewal_is_acknowledged_after_others_have_gone(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    stays, goes = lab.boot("alice", "default"), lab.boot("alice", "default")
    lab.detach(goes)
    renew_now(stays)
    assert stays.wait_lease().ip == stays.address


def test_a_detached_instance_is_not_answered_any_more(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    lab.boot("alice", "default")
    guest = lab.boot("alice", "default")
    cloud.change("instance.detach", instance_id=guest.id)
    guest.plug_into(guest.bridge)
    guest.power_off()
    guest.ip("link", "set", "eth0", "up")
    guest.start_dhcp()
    pause(2.5)
    assert guest.leases() == []


def test_an_address_boots_its_next_owner_at_the_first_discover(lab: Lab, cloud: Cloud) -> None:
    """Another instance, another MAC, the same address, at once."""
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    lab.boot("alice", "web")
    first = lab.boot("alice", "web")
    address, index, mac = first.address, first.instance["address_index"], first.instance["mac"]
    lab.detach(first)
    second = lab.attach(lab.new_guest(), "alice", "web", address_index=index)
    assert second.address == address and second.instance["mac"] != mac
    began = time.monotonic()
    lease = second.boot()
    took = time.monotonic() - began
    assert lease.ip == address
    # udhcpc repeats a DISCOVER after one second; with one try it is over before.
    assert took < seconds(0.9), f"{took:.1f} s: the first DISCOVER got no answer"
    expect(lab.client, tcp(second.public, 22, server=second.name))


def test_another_client_id_of_the_same_mac_gets_the_same_address(lab: Lab, cloud: Cloud) -> None:
    """As with PXE first and the installed system then."""
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    guest.power_off()
    assert guest.boot("dhclient").ip == guest.address


def test_a_dead_server_is_back_within_a_second(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    before = dhcp_status(cloud)
    lab.host.run("kill", "-9", str(before["pid"]))
    began = time.monotonic()

    def is_back() -> bool:
        now = dhcp_status(cloud)
        return bool(now["running"] and now["pid"] != before["pid"])

    eventually("the DHCP server is back", is_back, within=3)
    assert time.monotonic() - began < seconds(1.0)
    assert dhcp_status(cloud)["restarts"] == before["restarts"] + 1
    renew_now(guest)
    assert lab.boot("alice", "default").wait_lease()


def test_the_server_outlives_netctld_and_is_adopted(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    server = dhcp_status(cloud)["pid"]
    for end in (lab.daemon.kill, lab.daemon.stop):
        end()
        renew_now(guest)
        lab.daemon.start()
        assert dhcp_status(cloud)["pid"] == server
        renew_now(guest)
    expect(guest, ping(guest.gateway))


def test_a_restart_on_request_leaves_nobody_unanswered(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guests = [lab.boot("alice", "default") for _ in range(3)]
    before = dhcp_status(cloud)
    with ThreadPoolExecutor() as pool:
        renewed = pool.submit(lambda: [renew_now(guest) for guest in guests * 3])
        lab.daemon.cli("restart", "dhcp")
        renewed.result()
    after = dhcp_status(cloud)
    assert after["running"] and after["pid"] != before["pid"]
    assert after["restarts"] == before["restarts"], "it did not die"
    for guest in guests:
        renew_now(guest)
        events = [event.event for event in guest.lease_events()]
        assert events.count("deconfig") == 1, "a lease was lost"
        assert set(events) == {"deconfig", "bound", "renew"}
        assert {lease.ip for lease in guest.leases()} == {guest.address}
    assert lab.boot("alice", "default").leases()
    assert cloud.plan() == []


def test_a_server_that_died_with_netctld_is_started_by_the_next(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    server = dhcp_status(cloud)["pid"]
    lab.daemon.kill()
    lab.host.run("kill", "-9", str(server))
    lab.daemon.start()
    assert dhcp_status(cloud)["running"]
    renew_now(guest)


def test_a_smaller_mtu_is_told(bridge_netfilter: int) -> None:
    with Lab(bridge_netfilter=bridge_netfilter) as lab:
        lab.host.ip("link", "set", "eth0", "mtu", "1400")
        if lab.mode == "MANAGED-NOVLAN":
            lab.host.ip("link", "set", "br0", "mtu", "1400")
        lab.daemon.start()
        lab.cloud.account("alice")
        assert lab.boot("alice", "default").wait_lease().mtu == "1400"
