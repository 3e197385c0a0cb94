"""`python3 -m soak`: the arguments are those of scripts/soak."""

from __future__ import annotations

import argparse
import random
import sys

from .soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("seconds", nargs="?", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    report = soak(arguments.seconds, arguments.seed)
    print(report.text())
    return 0 if report.is_right() else 1


sys.exit(main())
