"""One host with systemd, and a cloud on it, which all tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lab"))

from lab.shared_host import SharedHost  # noqa: E402
from lab.unit import SystemdLab, Unit  # noqa: E402


@pytest.fixture(scope="session")
def session() -> Iterator[SharedHost]:
    if Path("/proc/1/comm").read_text().strip() != "systemd":
        raise pytest.UsageError("run with tests/systemd/run or scripts/test --only systemd")
    with SystemdLab({"NETCTL_PUBROUTER": "203.0.113.1"}) as lab:
        yield SharedHost(lab)


@pytest.fixture
def shared(session: SharedHost) -> Iterator[SharedHost]:
    yield session
    session.lab.daemon.control("start", "netctld")  # type: ignore[attr-defined]


@pytest.fixture
def unit(shared: SharedHost) -> Unit:
    assert isinstance(shared.lab.daemon, Unit)
    return shared.lab.daemon


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows the end of netctld's log."""
    outcome = yield
    report = outcome.get_result()
    unit = getattr(item, "funcargs", {}).get("unit")
    if report.failed and unit:
        report.sections.append(("netctld", unit.log_text()[-6000:]))
