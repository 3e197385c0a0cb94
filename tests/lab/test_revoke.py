"""What becomes illegal is cut, though both sides go on sending; what stays legal lives."""

from __future__ import annotations

from lab.cloud import Cloud, from_group, permit_tcp, permit_udp
from lab.guest import Guest
from lab.lab import CLIENT, CLIENT_OTHER, Lab
from lab.probes import Flow, expect, silent, tcp, udp
from lab.timing import SILENCE, pause

TCP, TCP_BESIDE, UDP, UDP_BESIDE = 7000, 7002, 7001, 7003


def boot_streaming(lab: Lab) -> Guest:
    """A guest whose servers keep talking, whatever the client does."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", *[permit_tcp(port) for port in (TCP, TCP_BESIDE)])
    lab.cloud.authorize("alice", "web", *[permit_udp(port) for port in (UDP, UDP_BESIDE)])
    guest = lab.boot("alice", "web")
    guest.serve_stream(tcp=[TCP, TCP_BESIDE], udp=[UDP, UDP_BESIDE])
    return guest


def received_by(guest: Guest, port: int) -> int:
    return int(guest.call("served")["udp"][str(port)])


def test_a_revoke_cuts_flows_and_leaves_those_beside(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    flows = [
        Flow(lab.client, "tcp", guest.public, TCP),
        Flow(lab.client, "udp", guest.public, UDP, talk=True),
    ]
    quiet = Flow(lab.client, "udp", guest.public, UDP)
    beside = [
        Flow(lab.client, "tcp", guest.public, TCP_BESIDE),
        Flow(lab.client, "udp", guest.public, UDP_BESIDE, talk=True),
    ]
    cloud.revoke("alice", "web", permit_tcp(TCP), permit_udp(UDP))
    for flow in [*flows, quiet]:
        flow.assert_cut()
    before = received_by(guest, UDP)
    for flow in beside:
        flow.assert_lives()
    assert received_by(guest, UDP) == before, "the client still reaches the guest"
    expect(
        lab.client,
        silent(tcp(guest.public, TCP)),
        silent(udp(guest.public, UDP)),
        tcp(guest.public, TCP_BESIDE),
        udp(guest.public, UDP_BESIDE),
    )


def test_a_flow_lives_again_when_it_is_legal_again(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    flow = Flow(lab.client, "udp", guest.public, UDP, talk=True)
    cloud.revoke("alice", "web", permit_udp(UDP))
    flow.assert_cut()
    cloud.authorize("alice", "web", permit_udp(UDP))
    flow.assert_lives()
    expect(lab.client, udp(guest.public, UDP))


def test_keep_flows_keeps_them(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    flows = [
        Flow(lab.client, "tcp", guest.public, TCP),
        Flow(lab.client, "udp", guest.public, UDP, talk=True),
    ]
    cloud.revoke("alice", "web", permit_tcp(TCP), permit_udp(UDP), keep_flows=True)
    expect(lab.client, silent(tcp(guest.public, TCP)), silent(udp(guest.public, UDP)))
    pause(4 * SILENCE)
    for flow in flows:
        flow.assert_lives()


def test_a_flow_that_another_permission_allows_lives(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    cloud.authorize("alice", "web", permit_tcp(6000, 8000, cidrs=[f"{CLIENT}/32"]))
    lives = Flow(lab.client, "tcp", guest.public, TCP)
    dies = Flow(lab.client, "tcp", guest.public, TCP, source=CLIENT_OTHER)
    cloud.revoke("alice", "web", permit_tcp(TCP))
    dies.assert_cut()
    lives.assert_lives()


def test_what_the_guest_began_itself_lives_through_a_revoke(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    lab.client.serve_stream(tcp=[9000], udp=[9001])
    flows = [Flow(guest, "tcp", CLIENT, 9000), Flow(guest, "udp", CLIENT, 9001, talk=True)]
    cloud.revoke("alice", "web", permit_tcp(TCP), permit_udp(UDP))
    pause(4 * SILENCE)
    for flow in flows:
        flow.assert_lives()


def test_a_revoked_source_group_is_cut(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    cloud.group("alice", "admins")
    asker = lab.boot("alice", "admins")
    source = from_group("alice", "admins")
    cloud.revoke("alice", "web", permit_tcp(TCP))
    cloud.authorize("alice", "web", permit_tcp(TCP, groups=source))
    flow = Flow(asker, "tcp", guest.address, TCP)
    beside = Flow(asker, "tcp", guest.address, TCP_BESIDE)
    cloud.revoke("alice", "web", permit_tcp(TCP, groups=source))
    flow.assert_cut()
    beside.assert_lives()


def test_a_disassociate_cuts_what_came_by_the_address(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    cloud.group("alice", "admins")
    inside = lab.boot("alice", "admins")
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    flows = [
        Flow(lab.client, "tcp", address, TCP),
        Flow(lab.client, "udp", address, UDP, talk=True),
    ]
    private = Flow(inside, "tcp", guest.address, TCP)
    cloud.disassociate("alice", address)
    for flow in flows:
        flow.assert_cut()
    private.assert_lives()


def test_a_disassociate_may_keep_flows(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    flow = Flow(lab.client, "tcp", address, TCP)
    cloud.disassociate("alice", address, keep_flows=True)
    expect(lab.client, silent(tcp(address, TCP)))
    # The host answers ARP no more; a router keeps its entry for a while.
    lab.keep_neighbour(address)
    flow.assert_lives()


def test_a_detach_cuts_all_that_the_instance_had(lab: Lab, cloud: Cloud) -> None:
    guest = boot_streaming(lab)
    neighbour = lab.boot("alice", guest.instance["groups"][0]["group"])
    lab.client.serve_stream(tcp=[9000])
    flows = [
        Flow(lab.client, "tcp", guest.public, TCP),
        Flow(lab.client, "udp", guest.public, UDP, talk=True),
    ]
    outwards = Flow(guest, "tcp", CLIENT, 9000)
    cloud.change("instance.detach", instance_id=guest.id)
    for flow in [*flows, outwards]:
        flow.assert_cut()
    # Even where somebody puts the device back into the bridge.
    guest.plug_into(neighbour.bridge)
    for flow in [*flows, outwards]:
        flow.assert_cut()
