"""The stored cloud: what an empty, damaged, full or read-only disk does, and backups."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from lab.cloud import Cloud, permit_tcp
from lab.daemon import NETCTL
from lab.lab import Lab
from lab.probes import expect, silent, tcp
from lab.rpc import RpcError
from lab.timing import eventually
from lab.web_server import boot_web

UNUSABLE = 78
# What is stored does not depend on it.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], indirect=True)


def netctl(lab: Lab, *words: str) -> str:
    return lab.host.run(str(NETCTL), *words, "--config", str(lab.daemon.config))


@pytest.mark.parametrize("damage", ["empty", "missing"])
def test_an_empty_state_tears_no_cloud_down(lab: Lab, directory: Path, damage: str) -> None:
    guest = boot_web(lab)
    lab.daemon.kill()
    kept = directory / "kept"
    shutil.copytree(lab.daemon.state, kept)
    for file in lab.daemon.state.glob("cloud.db*"):
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(b"")
    rules = lab.host.run("iptables-save")
    for _ in range(2):
        assert lab.daemon.fails_to_start() == UNUSABLE
    said = lab.daemon.log_text()
    assert "is empty, but this host holds 1 ports" in said and "netctl state new" in said
    assert lab.host.run("iptables-save").count("NC_") == rules.count("NC_")
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    # Told so once, it begins anew; a second time it would have to be told again.
    assert "begins with an empty cloud" in netctl(lab, "state", "new")
    lab.daemon.start()
    assert lab.cloud.instances() == []
    expect(lab.client, silent(tcp(guest.public, 22)))
    lab.daemon.stop()
    shutil.rmtree(lab.daemon.state)
    shutil.copytree(kept, lab.daemon.state)
    lab.daemon.start()
    expect(lab.client, tcp(guest.public, 22, server=guest.name))


def test_rows_that_are_gone_or_lead_nowhere_are_named(lab: Lab) -> None:
    guest = boot_web(lab)
    file = lab.daemon.state / "cloud.db"
    for statement, said in (
        ("DELETE FROM permissions", "2 permissions were stored, 0 are there"),
        ("DELETE FROM groups WHERE name = 'web'", "which is not in groups"),
    ):
        lab.daemon.stop()
        kept = file.read_bytes()
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute(statement)
        database.close()
        assert lab.daemon.fails_to_start() == UNUSABLE
        assert said in lab.daemon.log_text()
        expect(lab.client, tcp(guest.public, 22, server=guest.name))
        file.write_bytes(kept)
        lab.daemon.start()


def fill(lab: Lab) -> None:
    file = f"{lab.daemon.state}/filling-{time.monotonic_ns()}"
    assert lab.host.try_run("dd", "if=/dev/zero", f"of={file}", "bs=4096").code != 0


@pytest.mark.parametrize("disk", ["full", "read-only"])
def test_a_disk_that_takes_nothing_keeps_no_reader_away(lab: Lab, directory: Path, disk: str) -> None:
    guest = boot_web(lab)
    lab.daemon.kill()
    state = lab.daemon.state
    kept = directory / "kept"
    shutil.copytree(state, kept)
    lab.host.run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(state))
    try:
        lab.host.run("cp", "-a", f"{kept}/.", str(state))
        if disk == "full":
            fill(lab)
        else:
            lab.host.run("mount", "-o", "remount,ro", str(state))
        lab.daemon.start()
        if disk == "full":
            fill(lab)  # also what the start has made room for
        assert [each["instance_id"] for each in lab.cloud.instances()] == [guest.id]
        expect(lab.client, tcp(guest.public, 22, server=guest.name))
        with pytest.raises(RpcError) as refusal:
            lab.cloud.rpc("group.create", owner="alice", name="late", description="late")
        assert refusal.value.code == -32001, refusal.value
        problems = lab.cloud.rpc("system.status")["problems"]
        assert "state file" in [problem["object"] for problem in problems]
        if disk == "full":
            lab.host.run("sh", "-c", f"rm {state}/filling-*")
        else:
            lab.host.run("mount", "-o", "remount,rw", str(state))
        lab.cloud.group("alice", "late")
        problems = lab.cloud.rpc("system.status")["problems"]
        assert "state file" not in [problem["object"] for problem in problems]
        lab.daemon.kill()
        lab.daemon.start()
        assert "late" in [group["group"] for group in lab.cloud.groups()]
        lab.daemon.stop()
        shutil.rmtree(kept)
        lab.host.run("cp", "-a", f"{state}/.", str(kept))
    finally:
        if lab.daemon.pid:
            lab.daemon.kill()
        lab.host.run("umount", "-l", str(state))
    shutil.rmtree(state)
    shutil.copytree(kept, state)
    lab.daemon.start()


def test_a_backup_brings_back_what_was_there(lab: Lab, cloud: Cloud) -> None:
    guest = boot_web(lab)
    backup = lab.directory / "backup.db"
    lab.host.run(str(NETCTL), "backup", str(backup), "--socket", str(lab.daemon.socket))
    assert backup.stat().st_mode & 0o777 == 0o600
    cloud.authorize("alice", "web", permit_tcp(7000))
    cloud.account("bob")
    refused = lab.host.try_run(
        str(NETCTL), "restore", str(backup), "--yes", "--config", str(lab.daemon.config)
    )
    assert refused.code == 1 and "stop netctld first" in refused.err
    lab.daemon.stop()
    plan = netctl(lab, "restore", str(backup))
    assert "- account bob" in plan and "0 permissions come, 1 go" in plan
    assert "nothing is changed" in plan
    restored = netctl(lab, "restore", str(backup), "--yes")
    former = Path(restored.split("what was there is now ")[1].splitlines()[0])
    assert former.exists()
    lab.daemon.start()
    assert "bob" not in [each["name"] for each in cloud.rpc("account.describe")["accounts"]]
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 7000)))


def test_another_host_is_in_force_from_a_backup_within_ten_seconds(lab: Lab, cloud: Cloud) -> None:
    """With 10,000 permissions."""
    cloud.account("alice")
    cloud.rpc("account.modify", name="alice", permissions=20000)
    cloud.group("alice", "web")
    for port in range(0, 10000, 500):
        permissions = [
            permit_tcp(1 + n, cidrs=[f"10.{n >> 8}.{n & 255}.0/24"]) for n in range(port, port + 500)
        ]
        cloud.authorize("alice", "web", *permissions)
    guest = lab.boot("alice", "web")
    backup = lab.directory / "backup.db"
    lab.host.run(str(NETCTL), "backup", str(backup), "--socket", str(lab.daemon.socket))
    lab.daemon.stop()
    # As a host that has never seen it: nothing of ours in the kernel, nothing on the disk.
    lab.daemon.purge()
    shutil.rmtree(lab.daemon.state)
    begun = time.monotonic()
    netctl(lab, "restore", str(backup), "--yes")
    lab.daemon.start()
    eventually(
        "all is in force",
        lambda: cloud.rpc("system.status")["not_in_force"] == [],
        within=10,
    )
    assert time.monotonic() - begun < 10
    assert cloud.rpc("system.status")["numbers"]["permissions"] == 10000 + len(cloud.groups())
    assert [each["instance_id"] for each in cloud.instances()] == [guest.id]
