"""Where a program of the distribution runs beside netctl, as it does on a real host."""

from __future__ import annotations

import itertools
import signal
from pathlib import Path

from .machine import Machine, Ran
from .timing import eventually

# /run, /etc and /var of its own; what the program writes there is gone with the room. The lock of
# iptables is the whole host's, and the lab's files are where they are. Told last: the room's first
# process as the host knows it. It lets no process that has ended stay behind as a zombie.
FURNISH = """set -e
read -r pid rest </proc/self/stat
mount -t tmpfs room "{room}"
mkdir -p "{room}/run/dbus" "{room}/run/lock"
touch "{lock}" "{room}/run/xtables.lock"
mount --bind "{lock}" "{room}/run/xtables.lock"
case "{lab}" in
/run/*) mkdir -p "{room}{lab}" && mount --bind "{lab}" "{room}{lab}" ;;
esac
for part in etc var; do
    mkdir "{room}/$part" "{room}/$part.work"
    own="upperdir={room}/$part,workdir={room}/$part.work"
    mount -t overlay room -o "lowerdir=/$part,$own" /$part
done
if [ -n "{name}" ]; then
    hostname "{name}"
    echo "127.0.1.1 {name}" >>/etc/hosts
fi
mount -t proc proc /proc
mount --rbind "{room}/run" /run
echo "$pid" >"/run/first"
cat /run/first >&3
exec env --ignore-signal=CHLD sleep infinity
"""
LOCK = Path("/run/xtables.lock")

_rooms = itertools.count(1)


class Room:
    """On a host's network, with processes and files of its own, and a host name where one is given.

    A context manager: all that runs in it ends with it, also what goes into the background; rules
    and links stay on the host."""

    def __init__(self, host: Machine, directory: Path, name: str = "") -> None:
        self.host = host
        number = next(_rooms)
        self.log = directory / f"room{number}.log"
        room, told = directory / f"room{number}", directory / f"room{number}.pid"
        room.mkdir()
        furnish = FURNISH.format(room=room, lock=LOCK, lab=directory, name=name)
        namespaces = "unshare --mount --pid --uts --fork --kill-child --propagation private".split()
        argv = ["sh", "-c", 'exec 3>"$0"; exec "$@"', str(told), *namespaces, "sh", "-c", furnish]
        self.pid: int = host.call("spawn", argv=argv, log=str(self.log), env={})
        eventually("the room is furnished", lambda: told.exists() and told.read_text())
        self.first = told.read_text().strip()

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.call("signal", pid=self.pid, number=int(signal.SIGKILL))
        self.host.call("wait", pid=self.pid, timeout=10)

    def inside(self, *argv: str) -> list[str]:
        return ["nsenter", "--target", self.first, "--mount", "--pid", "--uts", "--", *argv]

    def try_run(self, *argv: str, timeout: float = 60) -> Ran:
        return self.host.try_run(*self.inside(*argv), timeout=timeout)

    def run(self, *argv: str, timeout: float = 60) -> str:
        return self.host.run(*self.inside(*argv), timeout=timeout)

    def shell(self, lines: str) -> str:
        """What stands in a page of docs/hosts, for example."""
        return self.run("sh", "-e", "-c", lines)

    def write(self, path: str, text: str) -> None:
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"', "sh", path, text)

    def start(self, *argv: str) -> Service:
        return Service(self, list(argv))

    def start_bus(self) -> None:
        """A D-Bus of the room's own."""
        self.run("dbus-daemon", "--system", "--fork", "--nopidfile")

    def use_legacy_iptables(self) -> None:
        """As an administrator chooses it on Debian."""
        for program in ("iptables", "ip6tables"):
            self.run("update-alternatives", "--set", program, f"/usr/sbin/{program}-legacy")


class Service:
    """A program that runs in the room's foreground."""

    def __init__(self, room: Room, argv: list[str]) -> None:
        self.room = room
        self.name = argv[0]
        # nsenter forks into the room's processes, and does not pass signals on.
        tell = 'echo $$ >"$0"; exec "$@"'
        file = f"/run/pid-of-{Path(argv[0]).name}"
        room.try_run("rm", "-f", file)
        self.outer: int = room.host.call(
            "spawn", argv=room.inside("sh", "-c", tell, file, *argv), log=str(room.log), env={}
        )
        eventually(f"{self.name} starts", lambda: room.try_run("test", "-s", file).code == 0)
        self.inner = room.run("cat", file).strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.room.run("kill", f"-{number.value}", self.inner)
        self.wait()

    def wait(self) -> None:
        code = self.room.host.call("wait", pid=self.outer, timeout=20)
        assert code is not None, f"{self.name} does not end"
