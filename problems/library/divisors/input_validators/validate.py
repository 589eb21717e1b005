#!/usr/bin/env python3
"""Accepts (exit code 42) one line with an integer from 1 to the argument (10^12 without one)."""

import re
import sys

most = int(sys.argv[1]) if len(sys.argv) > 1 else 10**12
line = re.fullmatch("([1-9][0-9]*)\n", sys.stdin.read())
if line is None or not 1 <= int(line.group(1)) <= most:
    print(f"expected one line with an integer from 1 to {most}", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
