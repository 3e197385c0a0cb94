"""A cloud user's side of the benchmark of EC2: prints the seconds that things took, as JSON."""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROUNDS = 5
CLIENTS = 300


def describe_all(url: str) -> float:
    """All groups, page by page."""
    client = boto3.client("ec2", endpoint_url=url)
    began = time.perf_counter()
    for _ in client.get_paginator("describe_security_groups").paginate(MaxResults=1000):
        pass
    return time.perf_counter() - began


def request_of(host: str) -> tuple[bytes, dict[str, str]]:
    body = urllib.parse.urlencode(
        {"Action": "DescribeSecurityGroups", "GroupName.1": "g7", "Version": "2016-11-15"}
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": host}
    request = AWSRequest("POST", f"http://{host}/", data=body, headers=headers)
    credentials = Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    )
    SigV4Auth(credentials, "ec2", "netctl").add_auth(request)
    return body.encode(), dict(request.headers.items())


def by_many(host: str) -> float:
    """One request on each of many connections that are open at once; seconds for each."""
    body, headers = request_of(host)
    open_all = threading.Barrier(CLIENTS + 1)
    faults: list[str] = []

    def client() -> None:
        try:
            connection = http.client.HTTPConnection(host, timeout=60)
            connection.connect()
            open_all.wait()
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            if answer.status != 200:
                faults.append(answer.read().decode())
            answer.read()
        except OSError as fault:
            faults.append(repr(fault))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    open_all.wait(timeout=60)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    assert not faults, faults[:3]
    return (time.perf_counter() - began) / CLIENTS


def main() -> None:
    host = sys.argv[1]
    url = f"http://{host}/"
    print(
        json.dumps(
            {
                "describe": [describe_all(url) for _ in range(ROUNDS)],
                "by_many": [by_many(host) for _ in range(ROUNDS)],
            }
        )
    )


main()
