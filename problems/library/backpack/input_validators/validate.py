#!/usr/bin/env python3
"""Accepts (exit code 42) `n c`, and n weights."""

import re
import sys

text = sys.stdin.read()
if not re.fullmatch("[1-9][0-9]* [1-9][0-9]*\n[1-9][0-9]*( [1-9][0-9]*)*\n", text):
    print("expected two lines of integers", file=sys.stderr)
    sys.exit(43)
first, second = text.splitlines()
n, c = map(int, first.split())
weights = list(map(int, second.split()))
good = 1 <= n <= 40 and 1 <= c <= 10000 and len(weights) == n and max(weights) <= 10000 and min(weights) <= c
sys.exit(42 if good else 43)
