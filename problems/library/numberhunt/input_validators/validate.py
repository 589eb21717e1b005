"""One line: N, the number to be found, and how many guesses there are."""

import re
import sys

text = sys.stdin.read()
match = re.fullmatch(r"([1-9][0-9]*) ([1-9][0-9]*) ([1-9][0-9]*)\n", text)
if not match:
    sys.exit("there must be three positive numbers on one line")
top, secret, guesses = map(int, match.groups())
if not secret <= top <= 10**9:
    sys.exit("the number must be at most N, and N at most 10^9")
sys.exit(42 if guesses == top.bit_length() else "the guesses must be just enough")
