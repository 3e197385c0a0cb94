"""What befalls netctld in a soak: its end, faults of the system, other programs, links that go."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.guest import Guest
from lab.nodes import NodeLab
from lab.rpc import RpcError
from lab.timing import eventually, seconds

# System calls that fail once, as the kernel fails them.
FAULTS = [
    ("fdatasync", "EIO"),
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("sendto", "ENOBUFS"),
    ("sendmsg", "ENOMEM"),
    ("recvmsg", "EINTR"),
    ("recvmsg", "EAGAIN"),
    ("epoll_wait", "EINTR"),
    ("setsockopt", "ENOMEM"),
    ("getsockopt", "ENOMEM"),
    ("openat", "EMFILE"),
    ("accept4", "EMFILE"),
]
# Two at once: the store's, and one that a client's connection fails by, so that its client is not told. The kernel's
# own sockets may fail by it instead, as they do without memory.
STORE_FAULTS = [("fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")]
CONNECTION_FAULTS = [("sendmsg", "ENOMEM"), ("recvmsg", "ENOMEM"), ("accept4", "ENOMEM")]
# At each of which netctld is killed, one after the other: what it writes to the disk, and what it
# tells the kernel.
STEPS = ("pwrite64", "fdatasync", "sendmsg", "sendto", "setsockopt")

# As in the drift lab; those by which the walls hold until they are repaired.
TAMPERINGS = [
    "iptables-legacy -F",
    "iptables-legacy -t nat -F",
    "iptables-legacy -F; iptables-legacy -X; iptables-legacy -t nat -F; iptables-legacy -t nat -X",
    "iptables-legacy -D FORWARD -j NC_FORWARD",
    "iptables-legacy -F NC_FORWARD",
    "ipset flush nc_open",
    "nft flush ruleset",
    "nft delete table ip netctl",
    "nft delete table bridge netctl",
    "nft flush map ip netctl elastic",
    "ip address del {public}/32 dev eth1",
    "ip link set {device} nomaster",
    "ip link set {device} down",
    "sysctl -qw net.ipv4.ip_forward=0",
    "pkill -KILL -f '[d]nsmasq.*{run}'",
    "pkill -STOP -f '[d]nsmasq.*{run}'",
    "rm -r {run}/dhcp/hosts",
    "rm {run}/netctl.sock",
]


@dataclass
class Counts:
    kills: int = 0
    tamperings: int = 0
    faults: int = 0
    cuts: int = 0


class Troubles:
    """One trouble at a time, in netctld and around it; netctld is started again where it ended."""

    def __init__(
        self, lab: NodeLab, guest: Guest, seed: int, ended: Callable[[int], None]
    ) -> None:
        self.lab = lab
        self.guest = guest  # on the cluster host
        self.ended = ended  # hears of each netctld that has ended
        self.random = random.Random(seed)
        self.counts = Counts()
        self.step = 0

    def one(self) -> None:
        kinds: dict[Callable[[], None], int] = {
            self.kill: 1,
            self.kill_at_a_step: 4,
            self.fault: 4,
            self.fault_of_both: 3,
            self.tamper: 3,
            self.cut: 1,
            self.cut_node: 1,
            self.kill_node: 1,
        }
        self.random.choices(list(kinds), list(kinds.values()))[0]()
        self.revive()

    def revive(self) -> None:
        """A netctld that serves; one that a fault has ended at its start is started again."""
        daemon = self.lab.daemon
        for _ in range(5):
            if daemon.pid and daemon.host.call("alive", pid=daemon.pid):
                return
            if daemon.pid:
                daemon.host.call("wait", pid=daemon.pid, timeout=5)
                self.ended(daemon.pid)
                daemon.pid = 0
                daemon.rpc.close()
            daemon.launch()
            try:
                daemon.wait_ready()
            except AssertionError:
                continue
            return
        raise AssertionError(f"netctld does not start: {daemon.log_text()[-3000:]}")

    def kill(self) -> None:
        killed = self.lab.daemon.pid
        self.lab.daemon.kill()
        self.ended(killed)
        self.counts.kills += 1

    def kill_at_a_step(self) -> None:
        """At the first such call that is made from now on, or a later one."""
        call = STEPS[self.step % len(STEPS)]
        self.step += 1
        if self.inject({call: f"signal=KILL:when={self.random.randint(1, 6)}"}):
            self.counts.kills += 1

    def fault(self) -> None:
        call, error = self.random.choice(FAULTS)
        self.inject({call: f"error={error}:when={self.random.randint(1, 12)}"})
        self.counts.faults += 1

    def fault_of_both(self) -> None:
        faults = (self.random.choice(STORE_FAULTS), self.random.choice(CONNECTION_FAULTS))
        when = self.random.randint(1, 6)
        self.inject({call: f"error={error}:when={when}" for call, error in faults})
        self.counts.faults += 2

    def inject(self, faults: dict[str, str]) -> bool:
        """strace(1) does it; true where netctld ended by it."""
        daemon = self.lab.daemon
        argv = ["strace", "-f", "-qqq", "-o", "/dev/null", "-p", str(daemon.pid)]
        argv += ["-e", f"trace={','.join(faults)}"]
        for call, how in faults.items():
            argv += ["-e", f"inject={call}:{how}"]
        tracer = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            tracer.wait(timeout=self.random.uniform(0.3, 1.0))
        except subprocess.TimeoutExpired:
            tracer.send_signal(signal.SIGINT)
            try:
                tracer.wait(timeout=2)
            except subprocess.TimeoutExpired:
                # It waits for a process that somebody has stopped.
                tracer.kill()
                tracer.wait()
        return not daemon.host.call("alive", pid=daemon.pid)

    def wait_until_right(self) -> None:
        """A program that comes again and again is answered once in 30 s only: so it is asked for."""
        rpc = self.lab.daemon.rpc
        asked = time.monotonic() + seconds(3)

        def is_right() -> bool:
            nonlocal asked
            if time.monotonic() > asked:
                rpc("system.reconcile")
                asked += seconds(3)
            return not rpc("system.plan")["steps"]

        def answers() -> bool:
            try:
                return is_right()
            except (OSError, RpcError):
                rpc.close()
                return False

        try:
            eventually("all is as it should be", answers, within=30, every=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.what_is_wrong()}") from error

    def what_is_wrong(self) -> str:
        daemon = self.lab.daemon
        said = ""
        for words in (["plan"], ["status"]):
            answer = daemon.try_cli(*words)
            said += f"\nnetctl {words[0]}: {answer.out}{answer.err}"
        log = "\n".join(daemon.log_text().splitlines()[-40:])
        return f"netctld {daemon.pid} says:{said}\nand its log:\n{log}"

    def tamper(self) -> None:
        # Two at once are more than the walls can hold.
        self.wait_until_right()
        guest = self.guest
        what = self.random.choice(TAMPERINGS).format(
            public=guest.public, device=guest.device, run=self.lab.daemon.run_dir
        )
        self.lab.host.try_run("sh", "-c", what)
        self.counts.tamperings += 1
        time.sleep(self.random.uniform(0, 1))

    def cut(self) -> None:
        """The public wire, for a moment."""
        self.lab.client.ip("link", "set", "wire", "down")
        time.sleep(self.random.uniform(0, 0.5))
        self.lab.client.ip("link", "set", "wire", "up")
        self.counts.cuts += 1

    def cut_node(self) -> None:
        """The link between the cluster host and the node host, for a moment."""
        port = self.lab.node_hosts[0].management
        self.lab.nodes.ip("link", "set", port, "down")
        time.sleep(self.random.uniform(0, 1))
        self.lab.nodes.ip("link", "set", port, "up")
        self.counts.cuts += 1

    def kill_node(self) -> None:
        """The node host's netctld, which is started again."""
        daemon = self.lab.node_hosts[0].daemon
        daemon.kill()
        daemon.start()
        self.counts.kills += 1
