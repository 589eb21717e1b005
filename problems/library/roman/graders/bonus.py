#!/usr/bin/env python3
"""Gives points for each accepted test case, and a bonus for all of them.

Called as `bonus.py each POINTS all POINTS`; reads a line `VERDICT SCORE` for each test case, and writes one such line.
"""

import sys

assert sys.argv[1::2] == ["each", "all"], "expected: each POINTS all POINTS"
each, bonus = map(float, sys.argv[2::2])
verdicts = [line.split()[0] for line in sys.stdin]
accepted = verdicts.count("AC")
if accepted == 0:
    print(verdicts[0] if verdicts else "AC", 0)
else:
    print("AC", each * accepted + (bonus if accepted == len(verdicts) else 0))
