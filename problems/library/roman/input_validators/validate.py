#!/usr/bin/env python3
"""Accepts (exit code 42) one line with an integer from 1 to 3999."""

import re
import sys

line = re.fullmatch("([1-9][0-9]*)\n", sys.stdin.read())
if line is None or int(line.group(1)) > 3999:
    print("expected one line with an integer from 1 to 3999", file=sys.stderr)
    sys.exit(43)
sys.exit(42)
