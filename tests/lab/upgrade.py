"""From a former version and back to it: flows that may live do, and none that was cut comes back.

NETCTL_FORMER names the former netctld; scripts/upgrade builds it and runs this.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.cloud import permit_tcp, permit_udp
from lab.daemon import NETCTLD
from lab.lab import Lab
from lab.probes import Flow, expect, silent, tcp
from lab.timing import SILENCE, pause

TCP, UDP, CUT_TCP, CUT_UDP, KEPT = 7000, 7001, 7002, 7003, 7004
LIVE = [permit_tcp(TCP), permit_udp(UDP)]
REVOKED = [permit_tcp(CUT_TCP), permit_udp(CUT_UDP)]


@pytest.fixture(params=[0, 1], ids=["bridge-nf-off", "bridge-nf-on"])
def former_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab of its own, by the former version."""
    with Lab(bridge_netfilter=request.param) as lab:
        lab.daemon.program = Path(os.environ["NETCTL_FORMER"])
        # A version before these keys refuses them, and no address has had another account here.
        for key in ("NETCTL_QUARANTINE", "NETCTL_USAGE"):
            lab.daemon.settings.pop(key)
        lab.daemon.start()
        yield lab


def goes_on_by(lab: Lab, program: Path) -> None:
    lab.daemon.stop()
    lab.daemon.program = program
    lab.daemon.start()


def test_an_upgrade_and_the_way_back(former_lab: Lab) -> None:
    lab, cloud = former_lab, former_lab.cloud
    former = lab.daemon.program
    cloud.account("alice")
    cloud.group("alice", "web", *LIVE, *REVOKED, permit_udp(KEPT))
    guest = lab.boot("alice", "web")
    guest.serve_stream(tcp=[TCP, CUT_TCP], udp=[UDP, CUT_UDP, KEPT])
    live = [
        Flow(lab.client, "tcp", guest.public, TCP),
        Flow(lab.client, "udp", guest.public, UDP, talk=True),
        Flow(lab.client, "udp", guest.public, KEPT, talk=True),
    ]
    cut = [
        Flow(lab.client, "tcp", guest.public, CUT_TCP),
        Flow(lab.client, "udp", guest.public, CUT_UDP, talk=True),
    ]
    cloud.revoke("alice", "web", *REVOKED)
    cloud.revoke("alice", "web", permit_udp(KEPT), keep_flows=True)

    def all_is_as_it_was() -> None:
        for flow in live:
            flow.assert_lives()
        for flow in cut:
            flow.assert_cut()
        expect(lab.client, tcp(guest.public, TCP), silent(tcp(guest.public, CUT_TCP)))

    all_is_as_it_was()
    lab.daemon.stop()
    copy = lab.directory / "copy"
    shutil.copytree(lab.daemon.state, copy)
    lab.daemon.start()
    goes_on_by(lab, NETCTLD)
    all_is_as_it_was()
    assert cloud.plan() == []
    since = [
        Flow(lab.client, "tcp", guest.public, TCP),
        Flow(lab.client, "udp", guest.public, UDP, talk=True),
    ]

    # The way back. Another program's mark is what netctl writes again.
    mark = "iptables-legacy -t mangle {} PREROUTING -j CONNMARK --set-mark 0x1"
    lab.host.run(*mark.format("-A").split())
    pause(4 * SILENCE)
    lab.host.run(*mark.format("-D").split())
    cloud.rpc("system.reconcile")
    lab.daemon.stop()
    shutil.rmtree(lab.daemon.state)
    shutil.copytree(copy, lab.daemon.state)
    lab.daemon.program = former
    lab.daemon.start()
    live += since
    all_is_as_it_was()
