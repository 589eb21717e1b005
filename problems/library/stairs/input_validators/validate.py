#!/usr/bin/env python3
"""Accepts (exit code 42) one line `n k` with 1 <= k <= n <= the argument (500000 without one)."""

import re
import sys

most = int(sys.argv[1]) if len(sys.argv) > 1 else 500000
line = re.fullmatch("([1-9][0-9]*) ([1-9][0-9]*)\n", sys.stdin.read())
if line is None:
    print("expected one line with two integers", file=sys.stderr)
    sys.exit(43)
n, k = map(int, line.groups())
if not 1 <= k <= n <= most:
    print(f"{n} or {k} is out of range", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
