"""Two numbers on one line."""

import re
import sys

match = re.fullmatch(r"(0|[1-9][0-9]*) (0|[1-9][0-9]*)\n", sys.stdin.read())
sys.exit(42 if match and all(int(number) <= 10**9 for number in match.groups()) else 43)
