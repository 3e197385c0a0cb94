"""What a guest gets from its metadata service, asked with curl."""

from __future__ import annotations

from dataclasses import dataclass

from .guest import Guest

ADDRESS = "169.254.169.254"
NO_ANSWER = 0


@dataclass
class Answer:
    status: int
    body: str


def ask(guest: Guest, path: str, *options: str) -> Answer:
    """`NO_ANSWER` as status where nothing came."""
    ran = guest.try_run(
        "curl", "-s", "-m", "5", "-w", "\n%{http_code}", *options, f"http://{ADDRESS}/{path}"
    )
    body, _, status = ran.out.rpartition("\n")
    return Answer(int(status or NO_ANSWER), body)


def read(guest: Guest, path: str, *options: str) -> str:
    """An item of meta-data."""
    answer = ask(guest, f"latest/meta-data/{path}", *options)
    assert answer.status == 200, answer
    return answer.body


def token(guest: Guest, lifetime: int = 60) -> str:
    answer = ask(
        guest, "latest/api/token", "-X", "PUT",
        "-H", f"X-aws-ec2-metadata-token-ttl-seconds: {lifetime}",
    )  # fmt: skip
    assert answer.status == 200, answer
    return answer.body


def with_token(value: str) -> tuple[str, str]:
    return ("-H", f"X-aws-ec2-metadata-token: {value}")
