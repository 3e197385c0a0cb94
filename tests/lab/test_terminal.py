"""What people meet at a terminal: progress, questions, and shells that complete words."""

from __future__ import annotations

import fcntl
import re
import threading
from pathlib import Path

import pytest
from lab.cloud import Cloud
from lab.daemon import NETCTL, NETCTLD, ROOT
from lab.lab import Lab
from lab.terminal import Terminal

# It makes no difference at a terminal.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

COMPLETION = ROOT / "packaging" / "completion"
LATE, NO_DAEMON = 3, 3


def test_a_long_wait_says_what_it_waits_for(lab: Lab) -> None:
    words = (str(NETCTL), "wait", "--in-force", "--socket", "/nowhere/socket", "--timeout", str(LATE))
    with Terminal(*words) as terminal:
        terminal.until(r"\rwaits: no answer from netctld on /nowhere/socket.* \([12] s\)\x1b\[K")
        code, rest = terminal.end()
    assert code == NO_DAEMON
    assert "\r\x1b[Knetctl: " in rest, "the line goes before the answer comes"
    elsewhere = lab.host.try_run(*words)
    assert elsewhere.code == NO_DAEMON and "waits" not in elsewhere.err + elsewhere.out


def test_a_long_purge_says_what_it_does(lab: Lab) -> None:
    lab.daemon.stop()
    purge = (str(NETCTLD), "--config", str(lab.daemon.config), "--purge")
    with open("/run/xtables.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # A purge waits five seconds for it.
        unlock = threading.Timer(3, lambda: fcntl.flock(lock, fcntl.LOCK_UN))
        unlock.start()
        with Terminal("ip", "netns", "exec", lab.host.name, *purge) as terminal:
            terminal.until(r"removes what is netctl's, in [0-9]+ steps \([1-9] s\)")
            code, rest = terminal.end()
        unlock.join()
    assert code == 0 and "purged this host" in rest
    lab.daemon.start()


def test_setup_asks_what_nobody_has_given(lab: Lab) -> None:
    """In a mount namespace of its own: the host's /etc stays as it is."""
    script = f"mount -t tmpfs none /etc && {NETCTL} setup --no-start --dns 198.51.100.53"
    words = ("unshare", "--mount", "sh", "-c", script + " && cat /etc/netctl/netctl.conf")
    lab.daemon.stop()
    with Terminal("ip", "netns", "exec", lab.host.name, *words) as terminal:
        for question, answer in (
            (r"networking mode.*\[MANAGED-NOVLAN\]: ", ""),
            (r"this host is.*\[all\]: ", "cluster"),
            (r"bridge that instances are plugged into.*\[br0\]: ", ""),
            (r"interface towards the instances.*\[br0\]: ", ""),
            (r"interface towards the clients.*\[eth1\]: ", ""),
            (r"private subnet.*: ", "172.31.0.0/16"),
            (r"addresses of each security group.*: ", ""),
            (r"public addresses.*: ", "203.0.113.70-203.0.113.80"),
        ):
            terminal.until(question)
            terminal.type(answer + "\n")
        code, rest = terminal.end()
    lab.daemon.start()
    assert code == 0, rest
    assert "wrote /etc/netctl/netctl.conf" in rest
    written = dict(re.findall(r'^(\w+)="(.*)"\r?$', rest, re.MULTILINE))
    expected = {
        "VNET_MODE": "MANAGED-NOVLAN",
        "NETCTL_ROLE": "cluster",
        "VNET_BRIDGE": "br0",
        "VNET_PUBINTERFACE": "eth1",
        "VNET_SUBNET": "172.31.0.0",
        "VNET_NETMASK": "255.255.0.0",
        "VNET_PUBLICIPS": "203.0.113.70-203.0.113.80",
        "VNET_DNS": "198.51.100.53",
    }
    assert expected.items() <= written.items()


@pytest.fixture
def shell(lab: Lab, cloud: Cloud) -> dict[str, str]:
    """The environment of a shell that finds netctl, and a group to name."""
    cloud.account("alice")
    cloud.group("alice", "webservers")
    return {
        "PATH": f"{NETCTL.parent}:/usr/bin:/bin",
        "NETCTL_SOCKET": str(lab.daemon.socket),
        "PS1": "> ",
        "PS2": "",
        "INPUTRC": "/dev/null",
        "HISTFILE": "/dev/null",
    }


def completes(terminal: Terminal, typed: str, line: str) -> None:
    """A tab makes this line of what was typed; then the line is taken back."""
    terminal.type(typed)
    terminal.forget()
    terminal.type("\t")
    terminal.until(re.escape(line.removeprefix(typed).strip()))
    terminal.type("\x15")
    terminal.forget()


LINES = (
    ("netctl gro", "netctl group "),
    ("netctl group autho", "netctl group authorize "),
    ("netctl group show webs", "netctl group show webservers "),
    ("netctl group authorize web --own", "netctl group authorize web --owner "),
    ("netctl usage --by acc", "netctl usage --by account "),
)


def test_bash_completes(shell: dict[str, str]) -> None:
    with Terminal("/bin/bash", "--norc", "--noprofile", "-i", env=shell) as terminal:
        terminal.type(f". {COMPLETION / 'netctl.bash'}; echo re''ady\n")
        terminal.until("ready")
        for typed, line in LINES:
            completes(terminal, typed, line)


def test_zsh_completes(shell: dict[str, str], directory: Path) -> None:
    """By the function as zsh finds it: a file of that name in its fpath."""
    (directory / "_netctl").write_text((COMPLETION / "netctl.zsh").read_text())
    with Terminal("/usr/bin/zsh", "-f", "-i", env=shell) as terminal:
        terminal.type(f"fpath=({directory} $fpath); autoload -Uz compinit; compinit -u -D; bindkey -e\n")
        terminal.type("echo re''ady\n")
        terminal.until("ready", 20)
        for typed, line in LINES:
            completes(terminal, typed, line)
