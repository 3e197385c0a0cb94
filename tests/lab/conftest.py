"""Fixtures: the lab that most tests share, cleared after each, with br_netfilter off and on."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab.cloud import Cloud  # noqa: E402
from lab.lab import Lab  # noqa: E402
from lab.leases import LeaseWatch  # noqa: E402
from lab.nodes import NodeLab  # noqa: E402
from lab.site import OnTheSite, SiteLab, SiteNodeLab  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mode", default=Lab.mode, help="VNET_MODE that the lab's cloud runs in")


def pytest_configure(config: pytest.Config) -> None:
    Lab.mode = config.getoption("--mode")
    if os.environ.get("NETCTL_ISOLATED") != "1":
        raise pytest.UsageError("run the lab with tests/lab/run or scripts/test --only lab")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The leases are watched while all the other tests run, and looked at last."""
    items.sort(key=lambda item: "test_leases" in item.nodeid)


@pytest.fixture(scope="session", autouse=True)
def lease_watch(request: pytest.FixtureRequest) -> Iterator[LeaseWatch | None]:
    wanted = any("test_leases" in item.nodeid for item in request.session.items)
    if not wanted:
        yield None
        return
    with LeaseWatch() as watch:
        yield watch


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.daemon.start()
        yield lab


@pytest.fixture(params=[0, 1], ids=["bridge-nf-off", "bridge-nf-on"])
def bridge_netfilter(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def lab(shared_lab: Lab, bridge_netfilter: int) -> Iterator[Lab]:
    """The shared lab with an empty cloud."""
    shared_lab.bridge_netfilter(bridge_netfilter)
    yield shared_lab
    shared_lab.clear()


@pytest.fixture(scope="module", params=["all", "cluster-and-nodes"])
def shared_site_lab(request: pytest.FixtureRequest) -> Iterator[OnTheSite]:
    """In the mode that the module names, MODE, in both shapes of the roles."""
    if request.param == "all":
        with SiteLab(request.module.MODE) as lab:
            lab.daemon.start()
            yield lab
    else:
        with SiteNodeLab(request.module.MODE) as nodes:
            yield nodes


@pytest.fixture
def site_lab(shared_site_lab: OnTheSite) -> Iterator[OnTheSite]:
    """The shared lab on a site, with an empty cloud."""
    yield shared_site_lab
    shared_site_lab.clear()


@pytest.fixture(scope="session")
def shared_node_lab() -> Iterator[NodeLab]:
    with NodeLab() as lab:
        yield lab


@pytest.fixture
def node_lab(shared_node_lab: NodeLab, bridge_netfilter: int) -> Iterator[NodeLab]:
    """The shared lab with node hosts, with an empty cloud and all nodes connected."""
    shared_node_lab.bridge_netfilter(bridge_netfilter)
    yield shared_node_lab
    shared_node_lab.clear()


@pytest.fixture
def cloud(lab: Lab) -> Cloud:
    return lab.cloud


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that is gone after the test."""
    with tempfile.TemporaryDirectory(prefix="netctl-test-") as name:
        yield Path(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows the end of netctld's log, on every host."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    labs = {lab for lab in getattr(item, "funcargs", {}).values() if isinstance(lab, Lab)}
    for daemon in [daemon for lab in labs for daemon in lab.daemons()]:
        section = f"netctld on {daemon.host.name}"
        report.sections.append((section, daemon.log_text()[-6000:]))
