"""ec2_strangers.py HOST:PORT CLIENTS SECONDS

So many clients that send requests to EC2 with a key that there is and a signature that is wrong, each
the next as soon as the last is refused. Prints how many were refused. They are nice: they stand for
other machines, and what is measured is not how they share this one's processors."""

from __future__ import annotations

import asyncio
import datetime
import os
import sys


def request_of(host: str, key: str) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    body = "Action=DescribeSecurityGroups&Version=2016-11-15"
    return (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Date: {now:%Y%m%dT%H%M%SZ}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={key}/{now:%Y%m%d}/netctl/ec2/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def client(host: str, request: bytes, until: float) -> int:
    """How many of its requests were refused for their signature."""
    address, port = host.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(address, int(port))
    refused = 0
    while asyncio.get_running_loop().time() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        refused += b"SignatureDoesNotMatch" in await reader.readexactly(length)
    writer.close()
    return refused


async def main() -> None:
    host, clients, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    request = request_of(host, os.environ["AWS_ACCESS_KEY_ID"])
    until = asyncio.get_running_loop().time() + seconds
    print(sum(await asyncio.gather(*(client(host, request, until) for _ in range(clients)))))


os.nice(19)
asyncio.run(main())
