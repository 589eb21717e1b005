#!/usr/bin/env python3
"""Accepts (exit code 42) one line with two numbers, the first not larger than the second."""

import re
import sys
from fractions import Fraction

NUMBER = r"((?:0|[1-9][0-9]*)(?:\.[0-9]{1,6})?)"

line = re.fullmatch(f"{NUMBER} {NUMBER}\n", sys.stdin.read())
if line is None:
    print("expected one line with two numbers", file=sys.stderr)
    sys.exit(43)
inner, outer = map(Fraction, line.groups())
if not 0 <= inner <= outer <= 10**6:
    print("the radii are out of order or range", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
