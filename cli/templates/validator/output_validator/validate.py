"""validate.py INPUT ANSWER FEEDBACKDIR/ < OUTPUT: 42 accepts, 43 rejects."""

import sys


def reject(message):
    with open(sys.argv[3] + "judgemessage.txt", "a") as feedback:
        print(message, file=feedback)
    sys.exit(43)


n = int(open(sys.argv[1]).read())
words = sys.stdin.read().split()
if len(words) != 2:
    reject(f"{len(words)} words instead of 2")
if not all(word.isdecimal() and len(word) < 12 for word in words):
    reject("not two numbers")
a, b = map(int, words)
if a < 1 or b < 1:
    reject("a number that is not positive")
if a + b != n:
    reject(f"the sum is {a + b}, not {n}")
sys.exit(42)
