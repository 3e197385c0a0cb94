"""One host with systemd, on which the packages are installed, and a cloud on it; the tests share it, in their order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lab"))

from lab.shared_host import SharedHost  # noqa: E402
from packaged import PackagedLab  # noqa: E402


@pytest.fixture(scope="session")
def lab() -> Iterator[PackagedLab]:
    """A machine without netctl."""
    if Path("/proc/1/comm").read_text().strip() != "systemd":
        raise pytest.UsageError("run with tests/package/run or scripts/test --only package")
    with PackagedLab({"NETCTL_PUBROUTER": "203.0.113.1"}) as lab:
        yield lab


@pytest.fixture(scope="session")
def shared(lab: PackagedLab) -> SharedHost:
    """Two instances under traffic, from the first start on."""
    return SharedHost(lab)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows the end of netctld's log."""
    outcome = yield
    report = outcome.get_result()
    lab = getattr(item, "funcargs", {}).get("lab")
    if report.failed and lab:
        report.sections.append(("netctld", lab.unit.log_text()[-6000:]))
