"""The tutorials, typed as they stand there, each on a machine of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from lab.daemon import NETCTLD, ROOT
from lab.timing import seconds

TUTORIALS = ROOT / "docs" / "tutorials"
BOX = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A network, and places for files, that are the page's alone. /etc is a copy.
MACHINE = """set -e
cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
rm -rf /etc/netctl /etc/eucalyptus
for place in /run /tmp /var/lib; do mount -t tmpfs none "$place"; done
chmod 755 /var/lib && mount -t sysfs none /sys && ip link set lo up
"""
MARK = "=== box"


def boxes(page: Path) -> list[tuple[str, list[str]]]:
    """What is typed, and the pieces of what is shown for it."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in BOX.findall(page.read_text()):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(line.strip() for line in text.splitlines())
    return found


@pytest.mark.parametrize("page", ["laptop", "cluster", "eucalyptus"])
def test_it_does_what_it_says(page: str, directory: Path) -> None:
    typed = boxes(TUTORIALS / f"{page}.md")
    script = "".join(f"echo '{MARK} {number}'\n{text}" for number, (text, _) in enumerate(typed))
    (directory / "page").write_text(MACHINE + script)
    words = ["unshare", "--net", "--mount", "bash", str(directory / "page"), str(directory)]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds(60),
        env={"PATH": f"{NETCTLD.parent}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        check=False,
    )
    shown = dict(enumerate(re.split(rf"^{MARK} \d+$", done.stdout, flags=re.MULTILINE)[1:]))
    assert done.returncode == 0, done.stdout
    for number, (text, pieces) in enumerate(typed):
        missing = [piece for piece in pieces if piece not in shown[number]]
        assert not missing, f"{text}shows no {missing}:\n{shown[number]}"
