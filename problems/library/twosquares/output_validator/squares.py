"""Any two numbers will do, as long as their squares add up."""

import re
import sys

input_file, _, feedback = sys.argv[1:4]
with open(input_file) as file:
    number = int(file.read())
words = sys.stdin.read().split()
if len(words) == 2 and all(re.fullmatch("[0-9]{1,20}", word) for word in words):
    x, y = map(int, words)
    if x <= y and x * x + y * y == number:
        sys.exit(42)
    reason = f"{x}^2 + {y}^2 is {x * x + y * y}"
else:
    reason = "there are no two numbers"
with open(feedback + "judgemessage.txt", "w") as file:
    file.write(reason + "\n")
sys.exit(43)
