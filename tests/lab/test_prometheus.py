"""Debian's Prometheus: it finds the instances by ec2_sd, and watches netctld itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from lab.cloud import permit_icmp
from lab.daemon import ROOT
from lab.ec2 import Ec2
from lab.lab import HOST_PUBLIC, Lab
from lab.probes import expect, silent, tcp
from lab.timing import eventually

# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

LISTEN = "127.0.0.1:9090"
METRICS = f"{HOST_PUBLIC}:9177"
DENIED = "netctl_denied_packets_total"
RULES = ROOT / "packaging" / "prometheus" / "netctl.rules.yml"
DASHBOARD = ROOT / "packaging" / "grafana" / "netctl.json"


def curl(lab: Lab, *words: str) -> str:
    return lab.client.try_run("/usr/bin/curl", "-s", *words).out


def ask(lab: Lab, path: str) -> Any:
    """What Prometheus answers; None while it does not."""
    answer = curl(lab, f"http://{LISTEN}/api/v1/{path}")
    return json.loads(answer)["data"] if answer.startswith("{") else None


@contextmanager
def prometheus(lab: Lab, configuration: dict[str, Any]) -> Iterator[None]:
    file = lab.directory / "prometheus.yml"
    file.write_text(json.dumps(configuration))
    log = lab.directory / "prometheus.log"
    words = [
        "/usr/bin/prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={lab.directory / 'prometheus'}",
        f"--web.listen-address={LISTEN}",
    ]
    pid = lab.client.call("spawn", argv=words, log=str(log), env={})
    try:
        yield
    except AssertionError as failure:
        raise AssertionError(log.read_text()[-2000:]) from failure
    finally:
        lab.client.call("signal", pid=pid, number=15)
        lab.client.call("wait", pid=pid, timeout=20)


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

    def targets() -> list[dict[str, Any]]:
        return list((ask(lab, "targets") or {}).get("activeTargets", []))

    with prometheus(lab, {"scrape_configs": [job]}):
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


def make_something_of_everything(lab: Lab) -> None:
    """A request of each kind, traffic with the outside, a lease, a frame that a guard drops and a
    packet that no permission lets pass."""
    Ec2(lab, "alice").aws("describe-instances")
    lab.cloud.group("alice", "web", permit_icmp())
    guest = lab.boot("alice", "web")
    guest.run("curl", "-s", "http://169.254.169.254/latest/meta-data/instance-id")
    lab.client.run("ping", "-c", "1", "-W", "2", guest.public)
    expect(lab.client, silent(tcp(guest.public, 23)))
    guest.ip("address", "add", "10.99.99.99/32", "dev", "eth0")
    guest.try_run("ping", "-c", "1", "-W", "1", "-I", "10.99.99.99", HOST_PUBLIC)


def counted(lab: Lab, name: str, label: str = "") -> float:
    """The value of a metric, as anybody may read it."""
    shown = curl(lab, f"http://{METRICS}/metrics")
    found = re.search(rf"^{name}{re.escape(label)} (\S+)$", shown, re.MULTILINE)
    return float(found.group(1)) if found else 0


@pytest.fixture
def watched(lab: Lab) -> Iterator[None]:
    with lab.daemon.restarted(NETCTL_METRICS_LISTEN=METRICS):
        yield


def test_it_watches_netctld(lab: Lab, watched: None) -> None:
    """Each alert and each expression of the dashboard speaks of what is there."""
    lab.client.run("/usr/bin/promtool", "check", "rules", str(RULES))
    assert curl(lab, f"http://{METRICS}/healthz") == "ok\n"
    assert "404" in curl(lab, "-i", "-d", "{}", f"http://{METRICS}/rpc")
    make_something_of_everything(lab)
    group = lab.cloud.rpc("group.describe", owner="alice", names=["web"])["groups"][0]["group_id"]
    shown = curl(lab, f"http://{METRICS}/metrics")
    assert re.search(r'^netctl_build_info{version="[0-9.]+"} 1$', shown, re.MULTILINE)
    named = set(re.findall(r"\bnetctl_\w+", RULES.read_text())) - {"netctl_rules"}
    assert named and all(re.search(rf"^{name}[ {{]", shown, re.MULTILINE) for name in named)
    expressions = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel["targets"]
    ]
    job = {"job_name": "netctl", "static_configs": [{"targets": [METRICS]}]}
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [job],
        "rule_files": [str(RULES)],
    }

    def without_answer() -> list[str]:
        answers = {each: ask(lab, f"query?query={quote(each)}") for each in expressions}
        return [each for each, answer in answers.items() if not answer or not answer["result"]]

    for name, label in (
        ("netctl_ec2_requests_total", '{code="200"}'),
        ("netctl_rpc_requests_total", '{code="200"}'),
        ("netctl_rpc_calls_total", '{code="ok"}'),
        ("netctl_metadata_requests_total", '{code="200"}'),
        ("netctl_guard_drops_total", '{reason="foreign_address"}'),
        (DENIED, f'{{account="alice",group="{group}",group_name="web"}}'),
        ("netctl_dhcp_answers_total", ""),
        ("netctl_controller_audits_total", ""),
        ("netctl_controller_plan_seconds_count", ""),
        ("netctl_controller_verify_seconds_count", ""),
        ("netctl_usage_bytes_total", '{account="alice",direction="sent"}'),
    ):
        eventually(f"{name}{label} counts", lambda n=name, l=label: counted(lab, n, l) > 0, 15)
    with prometheus(lab, configuration):
        eventually("each has an answer", lambda: without_answer() == [], within=40)
        groups = ask(lab, "rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert rules and all(rule["health"] == "ok" for rule in rules), rules
        firing = [rule["name"] for rule in rules if rule["state"] == "firing"]
        assert firing == []
