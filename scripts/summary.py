"""Counts the results of scripts/test: a line for each step, and the sum alone on the last line.

A line of the steps' file is NAME, exit code, seconds and a JUnit file, a directory of such files or "-", divided by
tabs.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Count:
    passed: int
    failed: int


def count_junit(path: Path) -> Count:
    """A test that was skipped did not run, and counts as failed."""
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    cases = [case for file in files for case in ElementTree.parse(file).getroot().iter("testcase")]
    bad = [case for case in cases if is_bad(case)]
    return Count(len(cases) - len(bad), len(bad))


def is_bad(case: ElementTree.Element) -> bool:
    status = case.get("status", "run")
    return status != "run" or any(
        case.find(tag) is not None for tag in ("failure", "error", "skipped")
    )


def count_step(code: int, junit: str) -> Count:
    """A step that failed counts at least one failure, whatever its own results say."""
    count = Count(0, 0)
    if junit == "-":
        count = Count(int(code == 0), 0)
    elif Path(junit).exists():
        count = count_junit(Path(junit))
    if (code != 0 or count.passed == 0) and count.failed == 0:
        count.failed = 1
    return count


def main() -> int:
    total = Count(0, 0)
    for line in Path(sys.argv[1]).read_text().splitlines():
        name, code, seconds, junit = line.split("\t")
        count = count_step(int(code), junit)
        total.passed += count.passed
        total.failed += count.failed
        verdict = "ok" if count.failed == 0 else "FAILED"
        print(
            f"{name:<16} {seconds:>5} s {count.passed:>6} passed {count.failed:>4} failed  {verdict}"
        )
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


sys.exit(main())
