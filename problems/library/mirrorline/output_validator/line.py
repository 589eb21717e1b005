"""The line: takes what is sent, and asks for another run on what arrives."""

import re
import sys

input_file, answer_file, feedback = sys.argv[1:4]


def reject(reason):
    with open(feedback + "judgemessage.txt", "a") as file:
        file.write(reason + "\n")
    sys.exit(43)


with open(input_file) as file:
    task, text = file.read().split()
with open(answer_file) as file:
    message = file.read().strip()
output = sys.stdin.read().split()
if len(output) != 1:
    reject(f"there are {len(output)} words in the output of {task}")
if task == "receive":
    if output[0] != message:
        reject(f"{output[0][:100]!r} was received")
elif not re.fullmatch("[01]+", output[0]):
    reject("something else than 0 and 1 was sent")
elif len(output[0]) > 5 * len(message):
    reject(f"{len(output[0])} digits were sent")
else:
    with open(feedback + "nextpass.in", "w") as file:
        file.write(f"receive\n{output[0][::-1]}\n")
sys.exit(42)
