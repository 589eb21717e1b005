"""passes.py INPUT ANSWER FEEDBACKDIR/ < OUTPUT: 42 accepts, or wants another pass; 43 rejects."""

import re
import sys


def reject(message):
    with open(sys.argv[3] + "judgemessage.txt", "a") as feedback:
        print(message, file=feedback)
    sys.exit(43)


words = sys.stdin.read().split()
if len(words) != 1:
    reject(f"{len(words)} words instead of 1")
if open(sys.argv[1]).readline().strip() == "write":
    if not re.fullmatch("[a-z]{1,30}", words[0]):
        reject("not a word of at most 30 lower-case letters")
    with open(sys.argv[3] + "nextpass.in", "w") as following:
        print("read", words[0], sep="\n", file=following)
elif words[0] != open(sys.argv[2]).read().strip():
    reject("the number is not what it was")
sys.exit(42)
