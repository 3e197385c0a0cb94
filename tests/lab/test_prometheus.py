"""Debian's Prometheus finds the instances by ec2_sd."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab.ec2 import Ec2
from lab.lab import Lab
from lab.timing import eventually

# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

LISTEN = "127.0.0.1:9090"


def test_it_finds_instances_and_loses_them(lab: Lab) -> None:
    alice = Ec2(lab, "alice")
    lab.cloud.group("alice", "web")
    guest = lab.boot("alice", "web")
    alice.aws(f"create-tags --resources {guest.id} --tags Key=role,Value=front")
    discovery = {
        "endpoint": alice.url,
        "region": "netctl",
        "access_key": alice.environment["AWS_ACCESS_KEY_ID"],
        "secret_key": alice.environment["AWS_SECRET_ACCESS_KEY"],
        "port": 9100,
        "refresh_interval": "1s",
    }
    relabel = {
        "source_labels": ["__meta_ec2_public_ip"],
        "target_label": "__address__",
        "replacement": "$1:9100",
    }
    job = {"job_name": "cloud", "ec2_sd_configs": [discovery], "relabel_configs": [relabel]}
    configuration = lab.directory / "prometheus.yml"
    configuration.write_text(json.dumps({"scrape_configs": [job]}))
    log = lab.directory / "prometheus.log"
    pid = lab.client.call(
        "spawn",
        argv=[
            "/usr/bin/prometheus",
            f"--config.file={configuration}",
            f"--storage.tsdb.path={lab.directory / 'prometheus'}",
            f"--web.listen-address={LISTEN}",
        ],
        log=str(log),
        env={},
    )

    def targets() -> list[dict[str, Any]]:
        done = lab.client.try_run("/usr/bin/curl", "-s", f"http://{LISTEN}/api/v1/targets")
        return list(json.loads(done.out)["data"]["activeTargets"]) if done.out else []

    try:
        eventually("the instance is found", lambda: len(targets()) == 1, within=30)
        (target,) = targets()
        labels = target["discoveredLabels"]
        assert target["labels"]["instance"] == f"{guest.public}:9100"
        assert labels["__meta_ec2_instance_id"] == guest.id
        assert labels["__meta_ec2_private_ip"] == guest.address
        assert labels["__meta_ec2_tag_role"] == "front"
        assert labels["__meta_ec2_availability_zone_id"]
        lab.cloud.change("instance.detach", instance_id=guest.id)
        eventually("it is gone", lambda: targets() == [], within=30)
    except AssertionError as failure:
        raise AssertionError(log.read_text()[-2000:]) from failure
    finally:
        lab.client.call("signal", pid=pid, number=15)
        lab.client.call("wait", pid=pid, timeout=20)
