"""systemctl does to netctld what its words say, and none of it changes a packet's fate."""

from __future__ import annotations

import time
from pathlib import Path

from lab.lab import CLIENT, HOST_PUBLIC
from lab.shared_host import SharedHost
from lab.timing import eventually
from lab.unit import ONLINE_TARGET, UNIT, Unit

LATE = 20  # seconds
UNITS = Path("/run/systemd/system")


def server_pid(shared: SharedHost) -> int:
    return int(shared.cloud.rpc("system.status")["dhcp"]["pid"])


def test_an_interface_that_is_late_at_boot(shared: SharedHost, unit: Unit) -> None:
    """The target that starts both waits for neither, and nobody has to start anything again."""
    unit.control("stop", UNIT)
    shared.host.ip("link", "set", "eth1", "down")
    shared.host.ip("link", "set", "eth1", "netns", shared.lab.office.name)
    (UNITS / "late.service").write_text(
        f"""[Service]
Type=oneshot
ExecStart=/bin/sleep {LATE}
ExecStart=/bin/ip -n {shared.lab.office.name} link set eth1 netns 1
ExecStart=/bin/ip link set eth1 up
ExecStart=/bin/ip address add {HOST_PUBLIC}/24 dev eth1
ExecStart=/bin/ip route add default via {CLIENT}
"""
    )
    (UNITS / "boot.target").write_text(
        f"[Unit]\nWants=late.service {UNIT} {ONLINE_TARGET}\n"
    )
    unit.control("daemon-reload")
    began = time.monotonic()
    unit.control("start", "--no-block", "boot.target")
    eventually("netctld answers", unit.answers, 10, every=0.1)
    assert time.monotonic() - began < LATE
    assert unit.show("ActiveState") == "active"
    named = {problem["object"] for problem in shared.cloud.rpc("system.status")["problems"]}
    assert "interface eth1" in named
    assert shared.gets_a_lease(), "what can be is in force"
    assert unit.show("ActiveState", ONLINE_TARGET) == "inactive", "who waits waits still"
    pid = unit.main_pid()
    eventually("eth1 is there", lambda: "eth1" in shared.host.links(), LATE, every=0.5)
    shared.lab.client.ip("neigh", "flush", "dev", "wire")
    shared.expect_passing("the interface came")
    eventually(
        "who waits goes on", lambda: unit.show("ActiveState", ONLINE_TARGET) == "active", 10, every=0.5
    )
    assert (unit.main_pid(), unit.show("NRestarts")) == (pid, "0")


def test_stop_and_start(shared: SharedHost, unit: Unit) -> None:
    server = server_pid(shared)
    shared.during("stop", lambda: unit.control("stop", UNIT))
    assert unit.show("Result") == "success"
    with shared.under_fire():
        assert shared.comes_in() and shared.goes_out()
        assert shared.gets_a_lease(), "the DHCP server serves on"
    shared.during("start", unit.start)
    assert server_pid(shared) == server, "it is adopted"
    shared.expect_passing("start")


def test_restart(shared: SharedHost, unit: Unit) -> None:
    before, server = unit.main_pid(), server_pid(shared)
    shared.during("restart", lambda: unit.control("restart", UNIT))
    assert unit.answers() and unit.main_pid() != before
    assert server_pid(shared) == server
    shared.expect_passing("restart")


def test_reload(shared: SharedHost, unit: Unit) -> None:
    before = unit.main_pid()
    settings = unit.settings
    unit.settings = settings | {"NETCTL_METADATA_TOKENS": "required"}
    unit.write_config()
    shared.during("reload", lambda: unit.control("reload", UNIT))
    eventually("it is taken in", lambda: not shared.gets_metadata(), 10, every=0.5)
    unit.settings = settings | {"VNET_MODE": "NONSENSE"}
    unit.write_config()
    shared.during("reload of nonsense", lambda: unit.control("reload", UNIT))
    eventually("it is refused", lambda: "NONSENSE" in unit.log_text(), 10, every=0.5)
    unit.settings = settings
    unit.write_config()
    unit.control("reload", UNIT)
    shared.expect_passing("reload")
    assert unit.main_pid() == before


def test_it_is_never_given_up(shared: SharedHost, unit: Unit) -> None:
    """By default systemd does so after five ends in ten seconds."""
    conf = UNITS / f"{UNIT}.d" / "ends.conf"
    conf.parent.mkdir(exist_ok=True)
    conf.write_text(
        "[Service]\nExecStartPre=\nExecStart=\nExecStart=/bin/false\nRestartSec=0.1\n"
    )
    unit.control("daemon-reload")
    unit.control("stop", UNIT)
    shared.host.try_run("systemctl", "start", UNIT, timeout=60)
    eventually("many restarts", lambda: int(unit.show("NRestarts")) > 10, 40, every=0.3)
    conf.unlink()
    unit.control("daemon-reload")
    eventually("netctld answers", unit.answers, 20, every=0.3)
    shared.expect_passing("many ends")


def test_kill_again_and_again(shared: SharedHost, unit: Unit) -> None:
    pid, server = unit.main_pid(), server_pid(shared)
    for _ in range(3):
        shared.during("kill", lambda: unit.control("kill", "--signal", "KILL", UNIT))
        pid = unit.wait_another(pid)
    assert server_pid(shared) == server, "it is not killed with it"
    shared.expect_passing("kill")


def test_a_wrong_configuration_is_not_tried_again(shared: SharedHost, unit: Unit) -> None:
    settings = unit.settings
    unit.control("stop", UNIT)
    unit.settings = settings | {"VNET_MODE": "NONSENSE"}
    unit.write_config()
    refused = shared.host.try_run("systemctl", "start", UNIT, timeout=60)
    unit.settings = settings
    unit.write_config()
    assert refused.code != 0
    assert unit.show("ExecMainStatus") == "78" and unit.show("ActiveState") == "failed"
    restarts = unit.show("NRestarts")
    time.sleep(5)
    assert (unit.show("ActiveState"), unit.show("NRestarts")) == ("failed", restarts)
    assert shared.comes_in() and shared.goes_out()
    shared.during("start", unit.start)
    shared.expect_passing("start")


def test_a_netctld_that_hangs_is_started_again(shared: SharedHost, unit: Unit) -> None:
    conf = UNITS / f"{UNIT}.d" / "watchdog.conf"
    conf.parent.mkdir(exist_ok=True)
    conf.write_text("[Service]\nWatchdogSec=6\n")
    unit.control("daemon-reload")
    unit.control("restart", UNIT)
    time.sleep(13)
    pid = unit.main_pid()
    assert unit.answers(), "it says that it is alive"
    shared.during("a hang", lambda: shared.host.run("kill", "-STOP", str(pid)))
    unit.rpc.close()
    eventually("systemd sees it", lambda: unit.main_pid() != pid, 30, every=0.5)
    unit.wait_another(pid)
    assert "watchdog" in shared.host.run("journalctl", "--no-pager", "--unit", UNIT).lower()
    conf.unlink()
    unit.control("daemon-reload")
    unit.control("restart", UNIT)
    shared.expect_passing("a hang")
