"""The cloud in etcd: members go and come back, netctld dies, and neither packets nor changes suffer more than they must."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.daemon import NETCTL
from lab.etcd import Etcd
from lab.lab import Lab
from lab.probes import Hammer, expect, silent, tcp
from lab.rpc import Rpc, RpcError
from lab.timing import eventually, pause
from lab.web_server import boot_web

UNUSABLE = 78
RETRYABLE = -32001


class EtcdLab(Lab):
    def __init__(self) -> None:
        super().__init__()
        directory = self.directory / "etcd"
        directory.mkdir()
        self.etcd = Etcd(self.host, directory)
        self.daemon.settings["NETCTL_ETCD"] = self.etcd.urls
        self.daemon.settings["NETCTL_STORE"] = "etcd"

    def use(self, store: str) -> None:
        self.daemon.settings["NETCTL_STORE"] = store
        self.daemon.write_config()

    def netctl(self, *words: str) -> str:
        return self.host.run(str(NETCTL), *words, "--config", str(self.daemon.config))

    def described(self) -> dict[str, Any]:
        """The cloud as its callers see it."""
        nouns = ("account", "group", "instance", "address", "forward", "key", "prefix_list")
        return {noun: self.daemon.rpc(f"{noun}.describe") for noun in nouns}

    def problems(self) -> dict[str, str]:
        return {each["object"]: each["what"] for each in self.daemon.rpc("system.status")["problems"]}

    def refuses(self, method: str, **parameters: Any) -> RpcError:
        with pytest.raises(RpcError) as refusal:
            self.daemon.rpc(method, **parameters)
        assert refusal.value.code == RETRYABLE, refusal.value
        return refusal.value

    def takes_changes(self) -> bool:
        try:
            self.daemon.rpc("account.create", name="probe")
            self.daemon.rpc("account.delete", name="probe")
        except RpcError as refusal:
            assert refusal.code == RETRYABLE, refusal
            return False
        return True


@pytest.fixture
def etcd_lab() -> Iterator[EtcdLab]:
    with EtcdLab() as lab:
        lab.etcd.start()
        lab.daemon.start()
        yield lab


def test_members_go_and_come_back(etcd_lab: EtcdLab) -> None:
    lab = etcd_lab
    guest = boot_web(lab)
    keys = lab.etcd.keys()
    assert f"/netctl/instances/{guest.id.lower()}" in keys
    group = next(key for key, value in keys.items() if "groups/" in key and value["name"] == "web")
    assert len(keys[group]["permissions"]) == 2
    hammer = Hammer(lab.client, guest.public, 22)
    # One of three is no matter, whichever it is.
    for name in ("one", "three"):
        lab.etcd.stop(name)
        eventually("changes are taken by two members", lab.takes_changes, within=30, every=0.2)
        lab.etcd.start(name)
    before = lab.described()
    lab.etcd.stop("one", "two")
    refusal = lab.refuses("group.authorize", owner="alice", group="web", permissions=[permit_tcp(80)])
    assert "etcd" in str(refusal) or "store" in str(refusal)
    eventually("etcd is named", lambda: lab.problems().get("etcd") == "cannot be reached", within=15)
    assert lab.described() == before
    assert "majority" in lab.daemon.try_cli("status").out
    began = time.monotonic()
    lab.refuses("account.create", name="bob")
    assert time.monotonic() - began < 5, "nobody waits for an etcd that is known to be away"
    expect(lab.client, silent(tcp(guest.public, 80)))
    lab.etcd.start("one", "two")
    eventually("changes are taken again", lab.takes_changes, within=60, every=0.2)
    assert "etcd" not in lab.problems()
    lab.cloud.authorize("alice", "web", permit_tcp(80))
    expect(lab.client, tcp(guest.public, 80, server=guest.name))
    met = hammer.stop()
    assert list(met) == [f"open {guest.name}"], met
    assert lab.cloud.plan() == []


def test_netctld_starts_without_etcd_and_takes_changes_when_it_is_back(etcd_lab: EtcdLab) -> None:
    lab = etcd_lab
    guest = boot_web(lab)
    before = lab.described()
    hammer = Hammer(lab.client, guest.public, 22)
    lab.etcd.stop()
    lab.daemon.kill()
    pause(0.2)
    lab.daemon.start()
    assert lab.described() == before
    assert lab.cloud.plan() == []
    assert lab.problems()["etcd"] == "cannot be reached"
    lab.refuses("account.create", name="bob")
    lab.etcd.start()
    eventually("changes are taken again", lab.takes_changes, within=60, every=0.2)
    lab.cloud.account("bob")
    lab.daemon.kill()
    lab.daemon.start()
    assert {"alice", "bob"} <= {each["name"] for each in lab.daemon.rpc("account.describe")["accounts"]}
    met = hammer.stop()
    assert list(met) == [f"open {guest.name}"], met


def test_a_change_that_etcd_did_not_answer_is_told_as_it_became(etcd_lab: EtcdLab) -> None:
    lab = etcd_lab
    lab.cloud.account("alice")
    for name in ("one", "two", "three"):
        lab.etcd.signal(name, signal.SIGSTOP)
    outcome: list[RpcError | None] = []

    def ask() -> None:
        try:
            Rpc(lab.daemon.socket)("account.create", name="bob")
            outcome.append(None)
        except RpcError as refusal:
            outcome.append(refusal)

    asker = threading.Thread(target=ask)
    asker.start()
    pause(5)
    for name in ("one", "two", "three"):
        lab.etcd.signal(name, signal.SIGCONT)
    asker.join()
    refusal = outcome[0]
    assert refusal is None or refusal.code == RETRYABLE, refusal
    eventually("changes are taken again", lab.takes_changes, within=60, every=0.2)
    names = {each["name"] for each in lab.daemon.rpc("account.describe")["accounts"]}
    if refusal is None:
        assert "bob" in names
    elif "not known" not in refusal.message:
        assert "bob" not in names
    lab.daemon.kill()
    lab.daemon.start()
    again = {each["name"] for each in lab.daemon.rpc("account.describe")["accounts"]}
    assert again == names


def test_a_cloud_moves_to_etcd_and_back(etcd_lab: EtcdLab) -> None:
    lab = etcd_lab
    lab.daemon.stop()
    # Where the lab has begun there is a cloud, without anything in it.
    lab.netctl("store", "move", "--to", "sqlite")
    lab.use("sqlite")
    lab.daemon.start()
    guest = boot_web(lab)
    hammer = Hammer(lab.client, guest.public, 22)
    before = lab.described()
    busy = lab.host.try_run(
        str(NETCTL), "store", "move", "--to", "etcd", "--config", str(lab.daemon.config)
    )
    assert busy.code == 1 and "in use" in busy.err, busy
    lab.daemon.stop()
    lab.use("etcd")
    assert lab.daemon.fails_to_start() == UNUSABLE
    assert "store move --to etcd" in lab.daemon.log_text()
    assert "is in etcd" in lab.netctl("store", "move", "--to", "etcd")
    lab.daemon.start()
    assert lab.described() == before
    lab.daemon.stop()
    lab.use("sqlite")
    assert lab.daemon.fails_to_start() == UNUSABLE
    assert "store move --to sqlite" in lab.daemon.log_text()
    assert "is in the state file" in lab.netctl("store", "move", "--to", "sqlite")
    assert lab.etcd.keys() == {}
    lab.daemon.start()
    assert lab.described() == before
    met = hammer.stop()
    assert list(met) == [f"open {guest.name}"], met
    assert lab.cloud.plan() == []
