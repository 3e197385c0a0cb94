"""The cloud's objects over the RPC, and permissions as tests write them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .rpc import Rpc

ANYWHERE = ["0.0.0.0/0"]
Permission = dict[str, Any]


def permit(protocol: str, **parts: Any) -> Permission:
    """A permission; from anywhere where no source is named."""
    if "cidrs" not in parts and "groups" not in parts:
        parts["cidrs"] = ANYWHERE
    return {"protocol": protocol, **parts}


def permit_tcp(first: int, last: int | None = None, **source: Any) -> Permission:
    return permit("tcp", from_port=first, to_port=first if last is None else last, **source)


def permit_udp(first: int, last: int | None = None, **source: Any) -> Permission:
    return permit("udp", from_port=first, to_port=first if last is None else last, **source)


def permit_icmp(kind: int = -1, code: int = -1, **source: Any) -> Permission:
    return permit("icmp", icmp_type=kind, icmp_code=code, **source)


def from_group(owner: str, group: str) -> list[dict[str, str]]:
    return [{"owner": owner, "group": group}]


def ingress(group: dict[str, Any]) -> list[Permission]:
    """Of a group that is described, what may come in."""
    return [each for each in group["permissions"] if each["direction"] == "ingress"]


class Cloud:
    """Commands with few words. Every change by `change` must come back in force."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    def change(self, method: str, **parameters: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.rpc(method, **parameters)
        assert result["in_force"], f"{method}: {result['not_in_force']}"
        return result

    def later(self, method: str, **parameters: Any) -> Callable[[], dict[str, Any]]:
        """A call that may take long, on its own; what is given back waits for its result."""
        results: list[dict[str, Any]] = []
        rpc = Rpc(self.rpc.path)
        thread = threading.Thread(target=lambda: results.append(rpc(method, **parameters)))
        thread.start()

        def result() -> dict[str, Any]:
            thread.join()
            return results[0]

        return result

    def account(self, name: str) -> str:
        self.change("account.create", name=name)
        return name

    def group(self, owner: str, name: str, *permissions: Permission) -> str:
        self.change("group.create", owner=owner, name=name, description=name)
        if permissions:
            self.authorize(owner, name, *permissions)
        return name

    def authorize(self, owner: str, group: str, *permissions: Permission) -> dict[str, Any]:
        return self.change(
            "group.authorize", owner=owner, group=group, permissions=list(permissions)
        )

    def revoke(
        self, owner: str, group: str, *permissions: Permission, **options: bool
    ) -> dict[str, Any]:
        return self.change(
            "group.revoke", owner=owner, group=group, permissions=list(permissions), **options
        )

    def allocate(self, owner: str, **options: Any) -> str:
        return str(self.change("address.allocate", owner=owner, **options)["address"])

    def associate(
        self, owner: str, address: str, instance: str, move: bool = False
    ) -> dict[str, Any]:
        return self.change(
            "address.associate",
            owner=owner,
            address=address,
            instance_id=instance,
            allow_reassociation=move,
        )

    def disassociate(self, owner: str, address: str, **options: bool) -> dict[str, Any]:
        return self.change("address.disassociate", owner=owner, address=address, **options)

    def release(self, owner: str, address: str) -> dict[str, Any]:
        return self.change("address.release", owner=owner, address=address)

    def instance(self, instance: str) -> dict[str, Any]:
        found = self.rpc("instance.describe", ids=[instance])["instances"]
        assert len(found) == 1, f"{instance}: {found}"
        return dict(found[0])

    def instances(self) -> list[dict[str, Any]]:
        return list(self.rpc("instance.describe")["instances"])

    def addresses(self) -> list[dict[str, Any]]:
        return list(self.rpc("address.describe")["addresses"])

    def groups(self) -> list[dict[str, Any]]:
        return list(self.rpc("group.describe")["groups"])

    def plan(self) -> list[dict[str, Any]]:
        return list(self.rpc("system.plan")["steps"])

    def clear(self) -> None:
        """Takes away everything that tests made: the cloud is empty afterwards."""
        for instance in self.instances():
            self.rpc("instance.detach", instance_id=instance["instance_id"])
        for address in self.addresses():
            self.rpc("address.release", owner=address["owner"], address=address["address"])
        for group in self.groups():
            # The others go with their group.
            if naming := [each for each in group["permissions"] if each["groups"]]:
                self.rpc(
                    "group.revoke",
                    owner=group["owner"],
                    group=group["group_id"],
                    permissions=naming,
                )
        for account in self.rpc("account.describe")["accounts"]:
            for group in self.rpc("group.describe", owner=account["name"])["groups"]:
                if group["name"] == "default":
                    continue  # goes with its account
                self.rpc("group.delete", owner=account["name"], group=group["group_id"])
            self.rpc("account.delete", name=account["name"])
