"""The commands: every one with its real output, its exit code, and what it does to packets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lab.cloud import Cloud, ingress, permit_tcp
from lab.daemon import NETCTL
from lab.lab import CLIENT, Lab
from lab.machine import Ran
from lab.probes import expect, ping, silent, tcp
from lab.timing import eventually

DONE, REFUSED, USAGE, NO_DAEMON = 0, 1, 2, 3


def netctl(lab: Lab, line: str) -> str:
    return lab.daemon.cli(*line.split())


def try_netctl(lab: Lab, line: str) -> Ran:
    return lab.host.try_run(str(NETCTL), "--socket", str(lab.daemon.socket), *line.split())


def test_the_main_road_by_commands_alone(lab: Lab) -> None:
    """From an account to packets as an administrator types it."""
    guest = lab.new_guest()
    guest.plug("d0:0d:0a:1b:2c:3d")
    assert "secret" in netctl(lab, "account create alice")
    netctl(lab, "group create web --owner alice --description web")
    netctl(lab, "group authorize web --owner alice --protocol tcp --port 22 --cidr 0.0.0.0/0")
    netctl(
        lab,
        "group authorize web --owner alice --protocol tcp --port 8000-8100 --cidr 203.0.113.0/24",
    )
    netctl(lab, "group authorize web --owner alice --protocol icmp --icmp 8:0 --cidr 0.0.0.0/0")
    attached = netctl(
        lab, f"instance attach i-0A1B2C3D --owner alice --group web --device {guest.device}"
    )
    assert "d0:0d:0a:1b:2c:3d" in attached and "open" in attached
    guest.boot()
    netctl(lab, "address allocate --owner alice --address 203.0.113.33")
    netctl(lab, "address associate 203.0.113.33 --owner alice --instance-id i-0A1B2C3D")
    expect(
        lab.client,
        tcp("203.0.113.33", 22, server=guest.name, seen_as=CLIENT),
        tcp("203.0.113.33", 8080),
        ping("203.0.113.33"),
        silent(tcp("203.0.113.33", 80)),
    )
    for line, words in (
        ("status", [lab.mode]),
        ("account describe", ["alice"]),
        ("group describe web --owner alice", ["web", "8000"]),
        ("address describe", ["203.0.113.33", "i-0A1B2C3D"]),
        ("instance describe i-0A1B2C3D", ["i-0A1B2C3D", "open", "203.0.113.33"]),
        ("network describe", ["web"]),
        ("node describe", []),
        ("events", ["i-0A1B2C3D"]),
        ("events --since 1h --kind change", ["i-0A1B2C3D"]),
        ("-o name group ls --owner alice", ["web"]),
        ("instance show i-0A1B2C3D -o yaml", ["instance_id: i-0A1B2C3D", "port: open"]),
        ("group ls -o wide", ["OWNER-ID", "web"]),
        ("system methods", ["instance.attach"]),
        ("reconcile", []),
        ("reload", []),
    ):
        shown = netctl(lab, line)
        assert all(word in shown for word in words), f"{line}:\n{shown}"
    netctl(lab, "group revoke web --owner alice --protocol tcp --port 22 --cidr 0.0.0.0/0")
    expect(lab.client, silent(tcp("203.0.113.33", 22)), tcp("203.0.113.33", 8080))
    netctl(lab, "address disassociate 203.0.113.33 --owner alice")
    netctl(lab, "address release 203.0.113.33 --owner alice")
    netctl(lab, "instance detach i-0A1B2C3D")
    netctl(lab, "group delete web --owner alice")
    netctl(lab, "account delete alice")


def test_events_are_followed(lab: Lab) -> None:
    netctl = f"{NETCTL} --socket {lab.daemon.socket}"
    line = f"timeout 3 {netctl} events -n 0 --follow & sleep 1; {netctl} account create zoe; wait"
    shown = lab.host.try_run("sh", "-c", line).out
    assert "change  account zoe: " in shown, shown
    netctl_delete = f"{netctl} account rm zoe"
    lab.host.run("sh", "-c", netctl_delete)


def test_an_answer_that_cannot_be_written_is_an_error(lab: Lab) -> None:
    line = f"{NETCTL} --socket {lab.daemon.socket} status >/dev/full"
    done = lab.host.try_run("sh", "-c", line)
    assert done.code == REFUSED and "could not be written" in done.err


def test_a_slip_is_told_the_nearest(lab: Lab) -> None:
    for line, told in (
        ("grop ls", "did you mean 'group'?"),
        ("group autorize", "did you mean 'authorize'?"),
        ("group ls --ownr alice", "did you mean '--owner'?"),
    ):
        done = try_netctl(lab, line)
        assert done.code == USAGE and told in done.err, done.err


def test_json_is_what_the_rpc_answers(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    shown = json.loads(netctl(lab, "--json group describe --owner alice"))
    assert shown == cloud.rpc("group.describe", owner="alice")


def test_a_source_group_by_command(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.account("bob")
    cloud.group("alice", "web")
    cloud.group("bob", "monitoring")
    target, asker = lab.boot("alice", "web"), lab.boot("bob", "monitoring")
    netctl(
        lab,
        "group authorize web --owner alice --protocol tcp --port 80 --source-group bob/monitoring",
    )
    expect(asker, tcp(target.address, 80), silent(tcp(target.address, 22)))
    netctl(
        lab, "group revoke web --owner alice --protocol tcp --port 80 --source-group bob/monitoring"
    )
    expect(asker, silent(tcp(target.address, 80)))


def test_a_dry_run_leaves_no_trace(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web")
    guest = lab.boot("alice", "web")
    line = "--json group authorize web --owner alice --protocol tcp --port 22 --cidr 0.0.0.0/0 --dry-run"
    answer = json.loads(netctl(lab, line))
    assert answer["plan"] and answer["result"]["permissions"]
    assert ingress(cloud.groups()[-1]) == [] and cloud.plan() == []
    expect(lab.client, silent(tcp(guest.public, 22)))


def test_exit_codes(lab: Lab) -> None:
    assert try_netctl(lab, "status").code == DONE
    refused = try_netctl(lab, "group describe --owner nobody")
    assert refused.code == REFUSED and "nobody" in refused.err
    assert try_netctl(lab, "group desribe").code == USAGE
    assert try_netctl(lab, "group authorize web --owner alice --bogus").code == USAGE
    missing = lab.host.try_run(str(NETCTL), "--socket", "/nowhere/netctl.sock", "status")
    assert missing.code == NO_DAEMON and "/nowhere/netctl.sock" in missing.err


def test_answers_are_in_the_words_of_the_command_line(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    refused = try_netctl(lab, "group create web --owner nobody --description web").err
    assert refused.startswith("netctl: --owner: ") and refused.count("nobody") == 1, refused
    port = "--protocol tcp --port 70000 --cidr 0.0.0.0/0"
    refused = try_netctl(lab, f"group authorize web --owner alice {port}").err
    assert "--port: " in refused and "permissions[0]" not in refused, refused
    assert "nothing to take away" in netctl(lab, "group delete web --owner alice")


def test_watch_shows_what_comes(lab: Lab, cloud: Cloud) -> None:
    log = lab.directory / "watch.log"
    log.unlink(missing_ok=True)
    argv = [str(NETCTL), "--socket", str(lab.daemon.socket), "account", "describe", "--watch"]
    pid = lab.host.call("spawn", argv=argv, log=str(log), env={})
    try:
        eventually("it shows that there is none", lambda: log.read_text() == "-\n")
        cloud.account("alice")
        eventually("it shows the first", lambda: "\nalice " in log.read_text())
    finally:
        lab.host.call("signal", pid=pid, number=15)
        lab.host.call("wait", pid=pid, timeout=5)


def test_help_shows_examples(lab: Lab) -> None:
    assert "instance" in netctl(lab, "--help")
    assert "netctl instance attach i-0A1B2C3" in netctl(lab, "instance attach --help")


def test_the_socket_is_named_by_the_environment(lab: Lab) -> None:
    env = {"NETCTL_SOCKET": str(lab.daemon.socket)}
    assert lab.mode in lab.host.run(str(NETCTL), "status", env=env)


def test_config_check_needs_no_daemon(lab: Lab) -> None:
    shown = lab.host.run(str(NETCTL), "config", "check", str(lab.daemon.config))
    assert "2048" in shown, f"the number of networks of a /16 with 32 addresses each: {shown}"


@pytest.fixture
def euca(lab: Lab, directory: Path) -> Path:
    """The directory with the ten names of euca2ools, all links to netctl."""
    for name in (
        "authorize revoke create-group delete-group describe-groups allocate-address release-address "
        "associate-address disassociate-address describe-addresses"
    ).split():
        os.symlink(NETCTL, directory / f"euca-{name}")
    return directory


def run_euca(lab: Lab, directory: Path, line: str) -> list[list[str]]:
    """The lines of a euca command as their fields."""
    words = line.split()
    env = {"NETCTL_SOCKET": str(lab.daemon.socket), "NETCTL_ACCOUNT": "alice"}
    shown = lab.host.run(str(directory / words[0]), *words[1:], env=env)
    return [row.split("\t") for row in shown.splitlines()]


def test_the_euca_commands(lab: Lab, cloud: Cloud, euca: Path) -> None:
    cloud.account("alice")
    rows = run_euca(lab, euca, "euca-create-group web -d webservers")
    assert rows[0][0] == "GROUP" and rows[0][2:] == ["web", "webservers"]
    group = rows[0][1]
    rows = run_euca(lab, euca, "euca-authorize -P tcp -p 22 -s 0.0.0.0/0 web")
    assert rows[0][:2] == ["GROUP", "web"]
    assert rows[1][:6] == ["PERMISSION", "web", "ALLOWS", "tcp", "22", "22"]
    assert rows[1][6:9] == ["FROM", "CIDR", "0.0.0.0/0"]
    guest = lab.boot("alice", "web", addressing="private")
    address = run_euca(lab, euca, "euca-allocate-address")[0][1]
    rows = run_euca(lab, euca, f"euca-associate-address -i {guest.id} {address}")
    assert rows[0][:3] == ["ADDRESS", address, guest.id]
    expect(lab.client, tcp(address, 22, server=guest.name), silent(tcp(address, 23)))
    rows = run_euca(lab, euca, "euca-describe-groups web")
    assert rows[0][:2] == ["GROUP", group] and rows[0][3:5] == ["web", "webservers"]
    assert rows[1][0] == "PERMISSION" and "0.0.0.0/0" in rows[1]
    rows = run_euca(lab, euca, "euca-describe-addresses")
    assert rows[0][:3] == ["ADDRESS", address, guest.id]
    run_euca(lab, euca, "euca-revoke -P tcp -p 22 -s 0.0.0.0/0 web")
    expect(lab.client, silent(tcp(address, 22)))
    assert run_euca(lab, euca, f"euca-disassociate-address {address}")[0][:2] == [
        "ADDRESS",
        address,
    ]
    assert run_euca(lab, euca, f"euca-release-address {address}")[0][:2] == ["ADDRESS", address]
    lab.detach(guest)
    assert run_euca(lab, euca, "euca-delete-group web") == [["RETURN", "true"]]


def test_euca_commands_need_to_know_the_account(lab: Lab, cloud: Cloud, euca: Path) -> None:
    cloud.account("alice")
    env = {"NETCTL_SOCKET": str(lab.daemon.socket)}
    command = str(euca / "euca-describe-groups")
    assert lab.host.try_run(command, env=env).code == DONE
    cloud.account("bob")
    assert lab.host.try_run(command, env=env).code == USAGE
    assert lab.host.try_run(command, "--account", "bob", env=env).code == DONE
