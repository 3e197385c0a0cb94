"""A node host and an account that somebody else has, beside a soak: they try what is not theirs."""

from __future__ import annotations

from pathlib import Path

from lab.ec2 import PYTHON, URL, Ec2
from lab.guest import Guest
from lab.nodes import CLUSTER, PORT, NodeLab

HERE = Path(__file__).parent
NODE = "mallory-node"


class Strangers:
    """They come until `end`."""

    def __init__(self, lab: NodeLab, group: str, victim: Guest, seed: int) -> None:
        self.logs = {name: lab.directory / f"hostile-{name}.log" for name in ("node", "account")}
        lab.pki("node", NODE)
        self.pids: dict[str, int] = {}
        self.machines = {"node": lab.node_hosts[1].machine, "account": lab.client}
        files = str(lab.daemon.state / "pki" / NODE)
        self.spawn("node", {}, files, CLUSTER, str(PORT), NODE, str(seed))
        mallory = Ec2(lab, "mallory")
        others = (group, victim.public, victim.id)
        self.spawn("account", mallory.environment, URL, str(seed), *others)

    def spawn(self, name: str, environment: dict[str, str], *arguments: str) -> None:
        argv = [PYTHON, str(HERE / f"hostile_{name}.py"), *arguments]
        log = str(self.logs[name])
        self.pids[name] = self.machines[name].call("spawn", argv=argv, log=log, env=environment)

    def end(self) -> list[str]:
        """What they got that is not theirs, or why they could not try."""
        found = []
        for name, machine in self.machines.items():
            if not machine.call("alive", pid=self.pids[name]):
                found.append(f"the hostile {name} ended: {self.logs[name].read_text()[-500:]}")
                continue
            machine.call("signal", pid=self.pids[name], number=9)
            machine.call("wait", pid=self.pids[name], timeout=5)
            lines = self.logs[name].read_text().splitlines()
            found += [f"to the hostile {name}: {line}" for line in lines if "passed" in line]
            if not lines:
                found.append(f"the hostile {name} was never answered")
        return found
