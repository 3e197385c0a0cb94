"""A real libvirtd whose hook is netctl's: machines have their network without an orchestrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.cloud import permit_icmp, permit_tcp
from lab.lab import Lab
from lab.libvirt import Domain, Libvirt, ours
from lab.probes import expect, ping, silent, tcp
from lab.room import Room
from lab.timing import eventually


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab({"NETCTL_HOOK_ACCOUNTS": "alice carol"}) as lab:
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.cloud.account("bob")
        lab.cloud.group("alice", "web", permit_tcp(22), permit_icmp())
        yield lab


@pytest.fixture(scope="module")
def libvirt(lab: Lab) -> Iterator[Libvirt]:
    with Room(lab.host, lab.directory) as room:
        room.start_bus()
        libvirt = Libvirt(room)
        libvirt.install_hook(lab.daemon)
        libvirt.start()
        yield libvirt


def instance_of(lab: Lab, domain: Domain) -> dict[str, Any] | None:
    found = [each for each in lab.cloud.instances() if each["instance_id"] == domain.id]
    return dict(found[0]) if found else None


def wait_port(lab: Lab, domain: Domain, state: str) -> dict[str, Any]:
    def port() -> dict[str, Any] | None:
        instance = instance_of(lab, domain)
        return instance if instance and instance["port"] == state else None

    found = eventually(f"the port of {domain.name} is {state}", port, within=20)
    assert found
    return dict(found)


def wait_booted(domain: Domain, address: str) -> None:
    eventually(
        f"{domain.name} has its lease of {address}: {domain.console}",
        lambda: domain.booted_with(address),
        within=60,
        every=0.1,
    )


def expect_synchronised(lab: Lab, libvirt: Libvirt, late: Domain, web: Domain) -> None:
    """One that runs already says whose it is: that calls no hook."""
    words = f"metadata {late.name} --live --config --key netctl --uri urn:netctl:instance --set"
    libvirt.virsh(*words.split(), "<instance owner='alice'><group>web</group></instance>")
    plan = libvirt.netctl("hook", "sync", "--plan")
    assert f"late {late.id}: would be attached" in plan and "guard" in plan, plan
    assert f"web1 {web.id}: stays as it is" in plan, plan
    assert instance_of(lab, late) is None
    done = libvirt.netctl("hook", "sync")
    assert f"late {late.id}: attached" in done and f"web1 {web.id}: is as it should" in done
    instance = wait_port(lab, late, "open")
    wait_booted(late, instance["private_ip"])
    expect(lab.client, ping(instance["public_ip"]), tcp(instance["public_ip"], 22))

    # It is gone for good.
    assert libvirt.netctl("hook", "prune") == ""
    libvirt.virsh("destroy", late.name)
    assert libvirt.netctl("hook", "prune") == "", "libvirt knows it"
    libvirt.virsh("undefine", late.name)
    assert libvirt.netctl("hook", "prune", "--plan") == f"{late.id}: would be detached\n"
    assert libvirt.netctl("hook", "prune") == f"{late.id}: detached\n"
    assert instance_of(lab, late) is None and instance_of(lab, web) is not None


def test_a_machine_has_its_network_from_start_to_end(lab: Lab, libvirt: Libvirt) -> None:
    web = Domain("web1", 1, lab.directory, metadata=ours("alice", "web"))
    late = Domain("late", 4, lab.directory)
    libvirt.define(web)
    libvirt.define(late)
    libvirt.virsh("start", "late")
    assert instance_of(lab, web) is None
    libvirt.virsh("start", "web1")
    instance = wait_port(lab, web, "open")
    assert instance["mac"] == web.mac and instance["groups"][0]["group"] == "web"
    wait_booted(web, instance["private_ip"])
    address = lab.cloud.allocate("alice")
    lab.cloud.associate("alice", address, web.id)
    reached = (tcp(address, 22), ping(address), silent(tcp(address, 23)))
    expect(lab.client, *reached)

    expect_synchronised(lab, libvirt, late, web)
    expect(lab.client, *reached)

    # A libvirtd that is restarted finds its machine again, and the hook changes nothing.
    revision = lab.cloud.rpc("events.list")["last"]
    libvirt.stop()
    expect(lab.client, *reached)
    libvirt.start()
    eventually("the machine is found", lambda: libvirt.state(web) == "running", within=10)
    expect(lab.client, *reached)
    told = lab.cloud.rpc("events.list", since=revision)["events"]
    assert not [event for event in told if web.id in event["object"]]

    # It ends: the port closes, the addresses stay.
    libvirt.virsh("destroy", "web1")
    ended = wait_port(lab, web, "waiting")
    assert ended["private_ip"] == instance["private_ip"] and ended["public_ip"] == address
    assert ended["device"] == "", "the next one is guarded by its MAC, whatever its name"
    expect(lab.client, silent(tcp(address, 22)))

    # netctld is down: a machine that it knows starts behind its guard, and no other one.
    stranger = Domain("web2", 2, lab.directory, metadata=ours("alice", "web"))
    plain = Domain("plain", 3, lab.directory)
    libvirt.define(stranger)
    libvirt.define(plain)
    lab.daemon.stop()
    web.console.unlink()
    libvirt.virsh("start", "web1")
    refused = libvirt.try_virsh("start", "web2")
    assert refused.code != 0
    assert "machine 'web2'" in refused.err and "no guard stands for it" in refused.err
    libvirt.virsh("start", "plain", "--paused")
    libvirt.virsh("destroy", "plain")
    lab.daemon.start()
    assert wait_port(lab, web, "open")["private_ip"] == instance["private_ip"]
    wait_booted(web, instance["private_ip"])
    expect(lab.client, *reached)
    libvirt.virsh("destroy", "web1")


def test_a_machine_is_refused_by_name(lab: Lab, libvirt: Libvirt) -> None:
    wrong = {
        "account 'bob' is not one of NETCTL_HOOK_ACCOUNTS, alice carol": ours("bob", "web"),
        "account 'carol'": ours("carol", "web"),
        "'mail'": ours("alice", "mail"),
        "ephemeral 'soon'": ours("alice", "web", more="ephemeral='soon'"),
    }
    for number, (why, metadata) in enumerate(wrong.items(), start=10):
        domain = Domain(f"wrong{number}", number, lab.directory, metadata=metadata)
        libvirt.define(domain)
        refused = libvirt.try_virsh("start", domain.name, "--paused")
        assert refused.code != 0 and why in refused.err, refused
        assert instance_of(lab, domain) is None
    lab.host.ip("link", "add", "br9", "up", "type", "bridge")
    elsewhere = Domain("else", 20, lab.directory, bridge="br9", metadata=ours("alice", "web"))
    libvirt.define(elsewhere)
    refused = libvirt.try_virsh("start", "else", "--paused")
    assert refused.code != 0 and "must be VNET_BRIDGE, 'br0', not 'br9'" in refused.err, refused

    # One that comes and goes.
    ephemeral = ours("alice", "web", more="ephemeral='yes'")
    brief = Domain("brief", 21, lab.directory, metadata=ephemeral)
    libvirt.define(brief)
    libvirt.virsh("start", "brief", "--paused")
    wait_port(lab, brief, "open")
    libvirt.virsh("destroy", "brief")
    eventually("it is detached", lambda: instance_of(lab, brief) is None)


def test_proxmox_calls_a_hookscript(lab: Lab, libvirt: Libvirt) -> None:
    """By its documented convention: Proxmox itself is not in Debian."""
    room = libvirt.room
    script = "/var/lib/vz/snippets/netctl"
    libvirt.install("proxmox", script)
    files = "/etc/pve/qemu-server"
    interface = "net0: virtio=52:54:00:00:01:00,bridge=br0"
    room.write(f"{files}/100.conf", f"{interface}\ntags: netctl.alice.web\n[old]\nnet1: x\n")
    room.write(f"{files}/101.conf", f"{interface},firewall=1\ntags: netctl.alice.web\n")
    room.write(f"{files}/102.conf", f"{interface},firewall=1\n")

    def call(vmid: str, phase: str) -> str:
        done = room.try_run(script, vmid, phase)
        assert done.code == 0 and done.out == "", done
        return done.err

    call("102", "pre-start")
    refused = room.try_run(script, "101", "pre-start")
    assert refused.code != 0 and "net0 has firewall=1" in refused.err
    call("100", "pre-start")
    guest = lab.new_guest(device="tap100i0")
    guest.instance = lab.cloud.instance("i-00000100")
    guest.plug(guest.instance["mac"])
    assert guest.boot().ip == guest.address
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 23)))
    for phase in ("post-start", "pre-stop"):
        call("100", phase)
    guest.power_off()
    guest.unplug()
    call("100", "post-stop")
    eventually("the port is closed", lambda: lab.cloud.instance(guest.id)["port"] == "waiting")
    assert lab.cloud.instance(guest.id)["private_ip"] == guest.address
