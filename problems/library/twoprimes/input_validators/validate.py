#!/usr/bin/env python3
"""Accepts (exit code 42) one line with an even integer between 4 and 10^9."""

import re
import sys

line = re.fullmatch("([1-9][0-9]*)\n", sys.stdin.read())
if line is None:
    print("expected one line with an integer", file=sys.stderr)
    sys.exit(43)
n = int(line.group(1))
if not 4 <= n <= 10**9 or n % 2 != 0:
    print(f"{n} is odd or out of range", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
