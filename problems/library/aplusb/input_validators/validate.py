#!/usr/bin/env python3
"""Accepts (exit code 42) one line with two integers between -10^12 and 10^12."""

import re
import sys

NUMBER = r"(0|-?[1-9][0-9]*)"

line = re.fullmatch(f"{NUMBER} {NUMBER}\n", sys.stdin.read())
if line is None:
    print("expected one line with two integers", file=sys.stderr)
    sys.exit(43)
for number in line.groups():
    if abs(int(number)) > 10**12:
        print(f"{number} is out of range", file=sys.stderr)
        sys.exit(43)
sys.exit(42)
