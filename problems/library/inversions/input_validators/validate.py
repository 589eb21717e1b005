#!/usr/bin/env python3
"""Accepts (exit code 42) a number n, and n times on a second line."""

import re
import sys


def refuse(reason):
    print(reason, file=sys.stderr)
    sys.exit(43)


lines = sys.stdin.read().split("\n")
if len(lines) != 3 or lines[2]:
    refuse("expected two lines")
if not re.fullmatch(r"[1-9][0-9]*", lines[0]):
    refuse("the first line is not a number")
n = int(lines[0])
if n > 120_000:
    refuse("too many runners")
times = lines[1].split(" ")
if len(times) != n:
    refuse(f"{n} times announced, {len(times)} found")
for time in times:
    if not re.fullmatch(r"[1-9][0-9]*", time) or int(time) > 10**9:
        refuse(f"{time!r} is not a time")
sys.exit(42)
