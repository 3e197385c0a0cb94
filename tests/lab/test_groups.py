"""Members come and go, an instance is in several groups, and groups change while it runs."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud, from_group, permit_icmp, permit_tcp, permit_udp
from lab.lab import Lab
from lab.probes import Flow, Sniff, expect, ping, silent, tcp, udp
from lab.rpc import RpcError
from lab.timing import pause


def test_a_source_group_follows_its_members(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.account("bob")
    cloud.group("bob", "monitoring")
    cloud.group("bob", "other")
    wide = permit_tcp(1000, 9000, groups=from_group("bob", "monitoring"))
    cloud.group("alice", "web", permit_tcp(80, groups=from_group("bob", "monitoring")), wide)
    target = lab.boot("alice", "web")
    bystander = lab.boot("bob", "other")
    first = lab.boot("bob", "monitoring")
    expect(
        first, tcp(target.address, 80), tcp(target.address, 8080), silent(tcp(target.address, 443))
    )
    expect(bystander, silent(tcp(target.address, 80)), silent(tcp(target.address, 8080)))
    second = lab.boot("bob", "monitoring")
    expect(second, tcp(target.address, 80), tcp(target.address, 8080))
    gone = first.address
    lab.detach(first)
    expect(second, tcp(target.address, 80), tcp(target.address, 8080))
    # Somebody who takes the address that has gone has it in vain.
    bystander.ip("address", "add", f"{gone}/32", "dev", "eth0")
    expect(bystander, silent(tcp(target.address, 80, source=gone)))


def test_a_source_group_may_have_had_no_members_yet(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "later")
    cloud.group("alice", "web", permit_tcp(80, groups=from_group("alice", "later")))
    target = lab.boot("alice", "web")
    expect(lab.client, silent(tcp(target.public, 80)))
    asker = lab.boot("alice", "later")
    expect(asker, tcp(target.address, 80), silent(tcp(target.address, 22)))


def test_a_group_may_be_its_own_source(lab: Lab, cloud: Cloud) -> None:
    """An instance that has the group as its second one is in another network and still admitted."""
    cloud.account("alice")
    cloud.group("alice", "web")
    cloud.group("alice", "web2")
    cloud.authorize("alice", "web", permit_tcp(80, groups=from_group("alice", "web")))
    one, two = lab.boot("alice", "web"), lab.boot("alice", "web2", "web")
    expect(two, tcp(one.address, 80), silent(tcp(one.address, 22)))
    expect(one, tcp(two.address, 80), silent(tcp(two.address, 22)))


def test_a_member_of_two_groups_has_the_permissions_of_both(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(80))
    cloud.group("alice", "ssh", permit_tcp(22), permit_tcp(5000, 9000), permit_icmp(8, 0))
    both, web = lab.boot("alice", "web", "ssh"), lab.boot("alice", "web")
    both_open = [
        tcp(both.public, 80),
        tcp(both.public, 22),
        tcp(both.public, 8080),
        ping(both.public),
    ]
    expect(lab.client, *both_open, silent(tcp(both.public, 443)))
    expect(
        lab.client, tcp(web.public, 80), silent(tcp(web.public, 22)), silent(tcp(web.public, 8080))
    )
    assert both.instance["tag"] == web.instance["tag"], "the first group gives the network"


def test_groups_change_while_the_instance_runs(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(7000))
    cloud.group("alice", "ssh", permit_tcp(7002), permit_tcp(22), permit_udp(7000, 8000))
    guest = lab.boot("alice", "web", "ssh")
    guest.serve_stream(tcp=[7000, 7002], udp=[7001])
    stays = Flow(lab.client, "tcp", guest.public, 7000)
    goes = Flow(lab.client, "tcp", guest.public, 7002)
    goes_too = Flow(lab.client, "udp", guest.public, 7001, talk=True)
    expect(lab.client, tcp(guest.public, 22))
    cloud.change("instance.modify", instance_id=guest.id, groups=["web"])
    goes.assert_cut()
    goes_too.assert_cut()
    stays.assert_lives()
    expect(lab.client, silent(tcp(guest.public, 22)), silent(tcp(guest.public, 7002)))
    cloud.change("instance.modify", instance_id=guest.id, groups=["web", "ssh"])
    expect(lab.client, tcp(guest.public, 22), tcp(guest.public, 7002), udp(guest.public, 7001))
    stays.assert_lives()


def test_the_first_group_stays(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(80))
    cloud.group("alice", "ssh")
    guest = lab.boot("alice", "web")
    with pytest.raises(RpcError, match="web"):
        cloud.change("instance.modify", instance_id=guest.id, groups=["ssh", "web"])
    expect(lab.client, tcp(guest.public, 80))


def test_an_asker_that_leaves_the_source_group_is_shut_out(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "admins")
    cloud.group("alice", "desktops")
    cloud.group("alice", "web", permit_tcp(7000, groups=from_group("alice", "admins")))
    target = lab.boot("alice", "web")
    target.serve_stream(tcp=[7000])
    asker = lab.boot("alice", "desktops", "admins")
    flow = Flow(asker, "tcp", target.address, 7000)
    cloud.change("instance.modify", instance_id=asker.id, groups=["desktops"])
    flow.assert_cut()
    expect(asker, silent(tcp(target.address, 7000)))


def test_no_redirect_reaches_a_guest(lab: Lab, cloud: Cloud) -> None:
    """Two networks on one wire: without care the host would tell the guests to talk directly."""
    cloud.account("alice")
    cloud.group("alice", "one", permit_tcp(22), permit_icmp())
    cloud.group("alice", "two", permit_tcp(22), permit_icmp())
    one, two = lab.boot("alice", "one"), lab.boot("alice", "two")
    with Sniff(one, "eth0") as sniff:
        for _ in range(5):
            expect(one, tcp(two.address, 22, server=two.name), ping(two.address))
            pause(0.1)
        received = sniff.frames(outgoing=False)
    assert "redirected" not in one.ip("route", "get", two.address)
    redirects = [
        frame
        for frame in received
        if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 5
    ]
    assert received and not redirects


def test_a_group_in_use_is_not_deleted(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "admins")
    cloud.group("alice", "web", permit_tcp(22, groups=from_group("alice", "admins")))
    guest = lab.boot("alice", "web")
    for group in ("web", "admins"):
        with pytest.raises(RpcError) as refused:
            cloud.change("group.delete", owner="alice", group=group)
        assert refused.value.reason == "DependencyViolation"
    lab.detach(guest)
    cloud.change("group.delete", owner="alice", group="web")
    cloud.change("group.delete", owner="alice", group="admins")
