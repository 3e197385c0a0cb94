"""The packages from apt install to apt purge, over a cloud whose packets go on. The tests run in this order."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from lab.cloud import permit_icmp
from lab.machine import Machine
from lab.shared_host import SharedHost
from lab.timing import eventually
from packaged import PACKAGES, PackagedLab, apt, install

EUCA = Path("/usr/bin/euca-authorize")
FOREIGN = Path("/usr/bin/euca-release-address")
CONF = Path("/etc/netctl/netctl.conf")
METADATA = "netctl-metadata"
SERVERS = ("netctl-dhcp.service", "netctl-metadata.service", "netctl-metadata.socket")
PROCESS = r"^(?:\S*/)?(?:dnsmasq|netctl)\S* .*"


def output(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def state_of(unit: str) -> tuple[str, str]:
    shown = output("systemctl", "show", "--value", "-p", "ActiveState", "-p", "UnitFileState", unit)
    active, enabled = shown.split("\n")[:2]
    return active, enabled


def ours(host: Machine) -> str:
    """All that netctl has made on this host, by its names."""
    found = [
        *re.findall(r"^table .* netctl$", host.run("nft", "list", "tables"), re.MULTILINE),
        *re.findall(r"^nc_\S+", host.run("ipset", "list", "-name"), re.MULTILINE),
        *re.findall(PROCESS, host.run("ps", "-eo", "args"), re.MULTILINE),
    ]
    for table in ("filter", "nat", "mangle", "raw"):
        rules = host.run("iptables-legacy", "-t", table, "-S")
        found += [line for line in rules.splitlines() if "NC_" in line]
    return "\n".join(found)


def test_install(lab: PackagedLab) -> None:
    """Nothing is configured yet: netctld is not started, and that is no failure."""
    FOREIGN.write_text("#!/bin/sh\necho another\n")
    FOREIGN.chmod(0o755)
    for file in Path("/etc/dpkg/dpkg.cfg.d").iterdir():
        file.unlink()  # it would leave out pages
    install()
    assert state_of("netctld") == ("inactive", "enabled")
    for program in ("/usr/sbin/netctld", "/usr/sbin/netctl-metadata", "/usr/bin/netctl"):
        assert "not found" not in output("ldd", program)
        assert re.fullmatch(r"\S+ [0-9.]+\n", output(program, "--version"))
    assert "netctl-metadata" in output("getent", "passwd", METADATA)
    assert output("getent", "group", "netctl").startswith("netctl:")
    for page in ("man1/netctl.1", "man5/netctl.conf.5", "man8/netctld.8"):
        assert Path(f"/usr/share/man/{page}.gz").exists()
    assert Path("/usr/share/doc/netctl/install.md").exists()
    kept = output("dpkg-query", "-W", "-f", "${Conffiles}", "netctl")
    assert "/etc/netctl/netctl.conf" in kept and "/etc/libvirt/hooks/qemu.d/netctl" in kept
    for hook in ("/etc/libvirt/hooks/qemu.d/netctl", "/usr/share/netctl/hooks/proxmox"):
        assert output(hook, "100", "post-start") == "", "none of ours"


def test_what_is_commented_is_sound() -> None:
    example = Path("/tmp/netctl.conf")
    example.write_text(re.sub(r"^#([A-Z])", r"\1", CONF.read_text(), flags=re.MULTILINE))
    assert "MANAGED-NOVLAN, role all" in output("netctl", "config", "check", str(example))


def test_the_names_of_euca2ools() -> None:
    """They are alternatives: another program's stay, and theirs may be chosen."""
    assert "usage: euca-authorize" in output(str(EUCA), "--help")
    assert output(str(FOREIGN)) == "another\n"
    other = Path("/opt/euca-authorize")
    other.write_text("#!/bin/sh\necho other\n")
    other.chmod(0o755)
    alternatives = ("update-alternatives", "--install", str(EUCA), EUCA.name, str(other), "90")
    output(*alternatives)
    assert output(str(EUCA)) == "other\n"
    output("update-alternatives", "--remove", EUCA.name, str(other))
    assert "usage: euca-authorize" in output(str(EUCA), "--help")


def test_setup() -> None:
    """Writes a configuration that the host can carry; one that it cannot is not written."""
    before = CONF.read_text()
    setup = ("netctl", "setup", "--yes", "--no-start", "--bridge", "br0")
    wrong = subprocess.run((*setup, "--subnet", "172.16.0.0"), capture_output=True, text=True)
    assert wrong.returncode == 1 and "VNET_NETMASK" in wrong.stderr
    assert CONF.read_text() == before
    told = output(*setup, "--pool", "203.0.113.10-203.0.113.60", "--dns", "203.0.113.1")
    assert "MANAGED-NOVLAN, role all" in told
    assert 'VNET_PUBINTERFACE="eth1"' in CONF.read_text(), "that of the default route"
    again = subprocess.run(setup, capture_output=True, text=True)
    assert again.returncode == 1 and "already" in again.stderr
    CONF.write_text(before)


def test_first_start(lab: PackagedLab) -> None:
    """With the configuration of a cloud of Eucalyptus, beside the one that sets nothing."""
    lab.unit.config.parent.mkdir(exist_ok=True)
    lab.unit.write_config()
    lab.unit.start()
    assert state_of("netctld") == ("active", "enabled")


def test_packets(shared: SharedHost) -> None:
    shared.expect_passing("install")
    assert {server: state_of(server)[0] for server in SERVERS} == dict.fromkeys(SERVERS, "active")


def test_completion_and_manual(shared: SharedHost) -> None:
    script = """. /usr/share/bash-completion/completions/netctl
COMP_WORDS=(netctl "$@"); COMP_CWORD=$#; _netctl; echo "${COMPREPLY[@]}" """

    def complete(*words: str) -> list[str]:
        return output("bash", "-c", script, "-", *words).split()

    assert complete("gro") == ["group"]
    assert complete("group", "auth") == ["authorize"]
    assert complete("group", "authorize", "w") == ["web"]
    assert complete("instance", "attach", "i-1", "--group", "web", "ot") == ["other"]
    assert complete("instance", "detach", "") == sorted((shared.guest.id, shared.other.id))


def test_reload(shared: SharedHost, lab: PackagedLab) -> None:
    before = lab.unit.main_pid()
    settings = lab.unit.settings
    lab.unit.settings = settings | {"NETCTL_METADATA_TOKENS": "required"}
    lab.unit.write_config()
    shared.during("reload", lambda: lab.unit.control("reload", "netctld"))
    eventually("it is taken in", lambda: not shared.gets_metadata(), 10, every=0.5)
    lab.unit.settings = settings
    lab.unit.write_config()
    lab.unit.control("reload", "netctld")
    shared.expect_passing("reload")
    assert lab.unit.main_pid() == before


def test_upgrade(shared: SharedHost, lab: PackagedLab) -> None:
    before, server = lab.unit.main_pid(), shared.cloud.rpc("system.status")["dhcp"]["pid"]
    metadata = output("systemctl", "show", "--value", "-p", "MainPID", METADATA)
    shared.cloud.authorize("alice", "web", permit_icmp())
    stream = subprocess.Popen(
        ("ip", "netns", "exec", lab.client.name, "ping", "-q", "-i", "0.1", shared.guest.public),
        stdout=subprocess.PIPE,
        text=True,
    )
    shared.during("upgrade", lambda: install(PACKAGES / "next"))
    stream.send_signal(2)
    told = stream.communicate()[0]
    sent, received = re.findall(r"(\d+) packets transmitted, (\d+) received", told)[0]
    assert int(sent) > 20 and sent == received, told
    assert output("dpkg-query", "-W", "-f", "${Version}", "netctl").endswith("+next")
    eventually("netctld answers", lab.unit.answers, 10, every=0.2)
    assert lab.unit.main_pid() != before
    assert shared.cloud.rpc("system.status")["dhcp"]["pid"] == server, "it serves on"
    assert output("systemctl", "show", "--value", "-p", "MainPID", METADATA) != metadata
    assert {server: state_of(server)[0] for server in SERVERS} == dict.fromkeys(SERVERS, "active")
    shared.expect_passing("upgrade")


def test_remove(shared: SharedHost, lab: PackagedLab) -> None:
    """What is in the kernel stays, and so do the two servers."""
    shared.during("remove", lambda: apt("remove", "netctl", "netctl-euca"))
    assert not Path("/usr/sbin/netctld").exists() and not EUCA.is_symlink()
    assert output(str(FOREIGN)) == "another\n"
    assert state_of("netctld")[0] == "inactive"
    with shared.under_fire():
        assert shared.passes()
    shared.flow.assert_lives()


def test_purge(shared: SharedHost, lab: PackagedLab) -> None:
    """Nothing stays, and nothing more passes."""
    assert ours(lab.host) != ""
    with shared.under_fire():
        apt("purge", "netctl", "netctl-euca", "netctl-doc")
    assert ours(lab.host) == ""
    assert not shared.comes_in()
    assert shared.guest.public not in lab.host.run("ip", "-4", "address")
    for place in ("/var/lib/netctl", "/run/netctl", "/etc/netctl", "/usr/lib/netctl"):
        assert not Path(place).exists(), place
    names = "passwd group".split()
    assert not any("netctl" in output("getent", name) for name in names)
    found = output("find", "/etc", "/usr", "/var", "-name", "*netctl*").split()
    assert found == ["/etc/packages-of-netctl"], "the machine's own"
