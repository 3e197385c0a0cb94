"""The process inside a namespace: runs programs, serves, probes, talks and listens there.

Reads one JSON request per line, {"op", "args"}, and answers {"ok"} or {"error"} on one line. Uses
the standard library alone and ends with its standard input.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Any

PKTINFO = (socket.IPPROTO_IP, 8)  # IP_PKTINFO, which the module does not name
ETH_P_ALL = 3
# Of packet(7) and linux/if_packet.h; the module does not name them.
SOL_PACKET, PACKET_AUXDATA = 263, 8
AUXDATA = struct.Struct("=IIIHHHH")  # tpacket_auxdata: status, two lengths, two offsets, tag, type
TP_STATUS_VLAN_VALID = 1 << 4
SO_BINDTODEVICE = 25


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Services(threading.Thread):
    """All listening sockets of this machine. A server greets with `NAME PEER` and echoes.

    A `stream` port also sends a chunk every 20 ms to everyone who ever spoke to it, asked or not.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.lock = threading.Lock()
        self.name = "?"
        self.streaming_tcp: set[socket.socket] = set()
        self.streaming_udp: set[tuple[socket.socket, tuple[str, int]]] = set()
        self.accepted: dict[int, int] = {}
        self.received_udp: dict[int, int] = {}
        self.sockets: list[socket.socket] = []
        self.next_chunk = 0.0
        self.start()

    def listen(self, kind: str, port: int, stream: bool) -> None:
        family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        server = socket.socket(socket.AF_INET, family)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("0.0.0.0", port))
        if kind == "tcp":
            server.listen(512)
        else:
            server.setsockopt(*PKTINFO, 1)
        server.setblocking(False)
        with self.lock:
            self.sockets.append(server)
            self.selector.register(server, selectors.EVENT_READ, (kind, port, stream))

    def close(self) -> None:
        with self.lock:
            for key in list(self.selector.get_map().values()):
                self.selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
            self.sockets.clear()
            self.streaming_tcp.clear()
            self.streaming_udp.clear()
            self.accepted.clear()
            self.received_udp.clear()

    def run(self) -> None:
        while True:
            ready = self.selector.select(0.02)
            with self.lock:
                for key, _ in ready:
                    self.handle(key)
                self.send_streams()
            if not self.selector.get_map():
                time.sleep(0.005)

    def handle(self, key: selectors.SelectorKey) -> None:
        sock = key.fileobj
        if not isinstance(sock, socket.socket) or sock.fileno() < 0:
            return
        kind, port, stream = key.data
        try:
            if kind == "tcp":
                self.accept(sock, port, stream)
            elif kind == "udp":
                self.answer(sock, port, stream)
            else:
                self.echo(sock)
        except BlockingIOError:
            pass
        except OSError:
            if kind == "connection":
                self.drop(sock)

    def accept(self, server: socket.socket, port: int, stream: bool) -> None:
        connection, peer = server.accept()
        self.accepted[port] = self.accepted.get(port, 0) + 1
        connection.setblocking(False)
        connection.send(f"{self.name} {peer[0]}\n".encode())
        self.selector.register(connection, selectors.EVENT_READ, ("connection", port, stream))
        if stream:
            self.streaming_tcp.add(connection)

    def answer(self, server: socket.socket, port: int, stream: bool) -> None:
        _, ancillary, _, peer = server.recvmsg(65536, 64)
        self.received_udp[port] = self.received_udp.get(port, 0) + 1
        if stream:
            self.streaming_udp.add((server, peer))
        # From the address that was asked, which need not be the one that the route would give.
        asked = [data[4:8] for level, kind, data in ancillary if (level, kind) == PKTINFO]
        source = [(*PKTINFO, struct.pack("=I4s4s", 0, asked[0], bytes(4)))] if asked else []
        server.sendmsg([f"{self.name} {peer[0]}\n".encode()], source, 0, peer)

    def echo(self, connection: socket.socket) -> None:
        data = connection.recv(65536)
        if not data:
            self.drop(connection)
        else:
            connection.send(data)

    def drop(self, connection: socket.socket) -> None:
        self.streaming_tcp.discard(connection)
        self.selector.unregister(connection)
        connection.close()

    def send_streams(self) -> None:
        if time.monotonic() < self.next_chunk:
            return
        self.next_chunk = time.monotonic() + 0.02
        for connection in list(self.streaming_tcp):
            try:
                connection.send(b"x" * 64)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(connection)
        for server, peer in list(self.streaming_udp):
            try:
                server.sendto(b"x" * 64, peer)
            except OSError:
                pass


class Flow(threading.Thread):
    """A long-lived flow of a client. TCP only listens; UDP also asks again every 50 ms."""

    def __init__(self, kind: str, address: str, port: int, source: str, talk: bool) -> None:
        super().__init__(daemon=True)
        family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        self.sock = socket.socket(socket.AF_INET, family)
        self.sock.bind((source, 0))
        self.sock.settimeout(5)
        self.sock.connect((address, port))
        self.kind = kind
        self.talk = talk
        self.received = 0
        self.last = time.monotonic()
        self.longest_silence = 0.0
        self.ended = ""
        self.stopping = False
        if kind == "udp":
            self.sock.send(b"hello")
        self.start()

    def run(self) -> None:
        self.sock.settimeout(0.05)
        next_word = 0.0
        while not self.stopping:
            try:
                if self.talk and time.monotonic() >= next_word:
                    next_word = time.monotonic() + 0.05
                    self.sock.send(b"again" * 20)
                data = self.sock.recv(65536)
                if not data:
                    self.ended = "closed"
                    return
                self.received += len(data)
                now = time.monotonic()
                self.longest_silence = max(self.longest_silence, now - self.last)
                self.last = now
            except TimeoutError:
                pass
            except OSError as error:
                if self.kind == "tcp":
                    self.ended = error.strerror or str(error)
                    return

    def status(self) -> dict[str, Any]:
        silent = time.monotonic() - self.last
        return {
            "received": self.received,
            "silent": silent,
            "longest_silence": max(self.longest_silence, silent),
            "ended": self.ended,
        }


class Hammer(threading.Thread):
    """Connects, reads the greeting and resets, again and again; counts what it met."""

    def __init__(self, address: str, port: int, timeout: float, interval: float) -> None:
        super().__init__(daemon=True)
        self.target = (address, port)
        self.timeout = timeout
        self.interval = interval
        self.verdicts: dict[str, int] = {}
        self.stopping = False
        self.start()

    def run(self) -> None:
        while not self.stopping:
            answer = connect(self.target[0], self.target[1], "0.0.0.0", self.timeout)
            verdict = answer["verdict"]
            if verdict == "open":
                verdict += " " + answer["server"]
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
            time.sleep(self.interval)


class Sniffer(threading.Thread):
    """Keeps the frames that one interface sees, as they are on the wire, with their direction."""

    def __init__(self, interface: str) -> None:
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.bind((interface, 0))
        self.frames: list[tuple[bytes, bool]] = []
        self.stopping = False
        self.start()

    def run(self) -> None:
        while not self.stopping:
            ready, _, _ = select.select([self.sock], [], [], 0.05)
            if not ready:
                continue
            try:
                data, ancillary, _, address = self.sock.recvmsg(65536, 64)
            except OSError as error:
                # The interface was set down, or was so from the start: it may come back.
                if error.errno == errno.ENETDOWN:
                    continue
                return
            outgoing = address[2] == socket.PACKET_OUTGOING
            self.frames.append((with_tag(data, ancillary), outgoing))


def with_tag(frame: bytes, ancillary: list[tuple[int, int, bytes]]) -> bytes:
    """The frame with the 802.1Q tag that the kernel keeps beside it."""
    for level, kind, data in ancillary:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, *_, tag, tag_type = AUXDATA.unpack(data[: AUXDATA.size])
        if status & TP_STATUS_VLAN_VALID:
            return frame[:12] + struct.pack("!HH", tag_type, tag) + frame[12:]
    return frame


def connect(address: str, port: int, source: str, timeout: float) -> dict[str, str]:
    """One TCP connection: `open` with the greeting, or `refused`, `timeout`, `reset` ..."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.settimeout(timeout)
        if source != "0.0.0.0":
            sock.bind((source, 0))
        sock.connect((address, port))
        greeting = sock.recv(256).decode().split()
        if len(greeting) < 2:
            return {"verdict": "closed"}
        return {"verdict": "open", "server": greeting[0], "seen_as": greeting[1]}
    except OSError as error:
        return {"verdict": verdict_of(error)}
    finally:
        sock.close()


def verdict_of(error: OSError) -> str:
    names = {
        ConnectionRefusedError: "refused",
        TimeoutError: "timeout",
        ConnectionResetError: "reset",
    }
    for kind, name in names.items():
        if isinstance(error, kind):
            return name
    return "unreachable" if error.errno in (101, 113) else f"errno {error.errno}"


def ask_udp(address: str, port: int, source: str, timeout: float) -> dict[str, str]:
    """One datagram, repeated once a second; `open` when the server answers."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((source, 0))
        sock.connect((address, port))
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return {"verdict": "timeout"}
            sock.send(b"hello")
            sock.settimeout(min(left, 1.0))
            try:
                greeting = sock.recv(256).decode().split()
                return {"verdict": "open", "server": greeting[0], "seen_as": greeting[1]}
            except TimeoutError:
                pass
    except OSError as error:
        return {"verdict": verdict_of(error)}
    finally:
        sock.close()


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def icmp_packet(kind: int, code: int, ident: int, payload: bytes) -> bytes:
    head = struct.pack("!BBHHH", kind, code, 0, ident, 1)
    return head[:2] + struct.pack("!H", checksum(head + payload)) + head[4:] + payload


def ping(address: str, source: str, timeout: float) -> dict[str, str]:
    """One echo request, repeated once a second; `open` when its reply comes."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    ident = int.from_bytes(os.urandom(2), "big")
    try:
        sock.bind((source, 0))
        deadline = time.monotonic() + timeout
        repeat = 0.0
        while time.monotonic() < deadline:
            if time.monotonic() >= repeat:
                sock.sendto(icmp_packet(8, 0, ident, b"netctl"), (address, 0))
                repeat = time.monotonic() + 1
            ready, _, _ = select.select([sock], [], [], 0.02)
            if not ready:
                continue
            data, peer = sock.recvfrom(65536)
            body = data[(data[0] & 15) * 4 :]
            if body[0] == 0 and struct.unpack("!H", body[4:6])[0] == ident:
                return {"verdict": "open", "server": peer[0], "seen_as": ""}
        return {"verdict": "timeout"}
    except OSError as error:
        return {"verdict": verdict_of(error)}
    finally:
        sock.close()


def probe(request: dict[str, Any]) -> dict[str, str]:
    source = request.get("source", "0.0.0.0")
    if request["kind"] == "tcp":
        return connect(request["address"], request["port"], source, request["timeout"])
    if request["kind"] == "udp":
        return ask_udp(request["address"], request["port"], source, request["timeout"])
    return ping(request["address"], source, request["timeout"])


class Worker:
    def __init__(self) -> None:
        self.services = Services()
        self.children: dict[int, subprocess.Popen[str]] = {}
        self.flows: dict[int, Flow] = {}
        self.hammers: dict[int, Hammer] = {}
        self.sniffers: dict[int, Sniffer] = {}
        self.next_id = 1

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id

    # Programs and files

    def run(self, argv: list[str], timeout: float, env: dict[str, str]) -> dict[str, Any]:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return {"code": done.returncode, "out": done.stdout, "err": done.stderr}

    def spawn(self, argv: list[str], log: str, env: dict[str, str]) -> int:
        with open(log, "a", encoding="utf-8") as output:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **env},
                preexec_fn=die_with_parent,
            )
        self.children[child.pid] = child
        return child.pid

    def signal(self, pid: int, number: int) -> None:
        self.children[pid].send_signal(number)

    def wait(self, pid: int, timeout: float) -> int | None:
        try:
            code = self.children[pid].wait(timeout)
            del self.children[pid]
            return code
        except subprocess.TimeoutExpired:
            return None

    def alive(self, pid: int) -> bool:
        return self.children[pid].poll() is None

    def write(self, path: str, text: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, path: str) -> str:
        with open(path, encoding="utf-8") as file:
            return file.read()

    # Serving and probing

    def name(self, name: str) -> None:
        self.services.name = name

    def listen(self, kind: str, ports: list[int], stream: bool) -> None:
        for port in ports:
            self.services.listen(kind, port, stream)

    def served(self) -> dict[str, Any]:
        with self.services.lock:
            return {
                "tcp": {str(k): v for k, v in self.services.accepted.items()},
                "udp": {str(k): v for k, v in self.services.received_udp.items()},
            }

    def probe(self, probes: list[dict[str, Any]]) -> list[dict[str, str]]:
        answers: list[dict[str, str]] = [{} for _ in probes]

        def ask(index: int) -> None:
            answers[index] = probe(probes[index])

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(probes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def send_raw(self, address: str, protocol: int, payload: str, source: str) -> None:
        """One IP packet of any protocol; the payload (hex) is all that follows the IP header."""
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol) as sock:
            sock.bind((source, 0))
            sock.sendto(bytes.fromhex(payload), (address, 0))

    def send_icmp(self, address: str, kind: int, code: int, token: str, source: str) -> None:
        packet = icmp_packet(kind, code, 7, bytes.fromhex(token))
        self.send_raw(address, socket.IPPROTO_ICMP, packet.hex(), source)

    def send_frame(self, interface: str, frame: str) -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind((interface, 0))
            sock.send(bytes.fromhex(frame))

    # Things that go on

    def flow(self, kind: str, address: str, port: int, source: str, talk: bool) -> int:
        number = self.new_id()
        self.flows[number] = Flow(kind, address, port, source, talk)
        return number

    def flow_status(self, number: int) -> dict[str, Any]:
        return self.flows[number].status()

    def flow_say(self, number: int) -> str:
        """Sends something once; what the kernel says about it."""
        try:
            self.flows[number].sock.send(b"again")
            return "sent"
        except OSError as error:
            return error.strerror or str(error)

    def hammer(self, address: str, port: int, timeout: float, interval: float) -> int:
        number = self.new_id()
        self.hammers[number] = Hammer(address, port, timeout, interval)
        return number

    def hammer_stop(self, number: int) -> dict[str, int]:
        hammer = self.hammers.pop(number)
        hammer.stopping = True
        hammer.join()
        return hammer.verdicts

    def sniff(self, interface: str) -> int:
        number = self.new_id()
        self.sniffers[number] = Sniffer(interface)
        return number

    def sniffed(self, number: int) -> list[tuple[str, bool]]:
        return [(data.hex(), outgoing) for data, outgoing in list(self.sniffers[number].frames)]

    def sniff_stop(self, number: int) -> None:
        sniffer = self.sniffers.pop(number)
        sniffer.stopping = True
        sniffer.join()
        sniffer.sock.close()

    def reset_services(self) -> None:
        """Ends all but the programs."""
        for flow in self.flows.values():
            flow.stopping = True
            flow.sock.close()
        for hammer in self.hammers.values():
            hammer.stopping = True
        for number in list(self.sniffers):
            self.sniff_stop(number)
        self.flows.clear()
        self.hammers.clear()
        self.services.close()

    def reset(self) -> None:
        """Ends all that this machine does."""
        self.reset_services()
        for child in self.children.values():
            child.kill()
        for child in self.children.values():
            child.wait()
        self.children.clear()


def main() -> None:
    die_with_parent()
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": getattr(worker, request["op"])(**request["args"])}
        except Exception as error:  # pylint: disable=broad-except  # it goes to the caller
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    worker.reset()


main()
