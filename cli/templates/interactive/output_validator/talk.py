"""talk.py INPUT ANSWER FEEDBACKDIR/: speaks with the submission; 42 accepts, 43 rejects."""

import sys


def reject(message):
    with open(sys.argv[3] + "judgemessage.txt", "a") as feedback:
        print(message, file=feedback)
    sys.exit(43)


number = int(open(sys.argv[1]).read())
for _ in range(10):
    word = sys.stdin.readline().strip()
    if not (word.isdecimal() and len(word) < 5 and 1 <= int(word) <= 1000):
        reject("a guess that is no number from 1 to 1000")
    guess = int(word)
    if guess == number:
        print("correct", flush=True)
        if sys.stdin.read().strip():
            reject("words after the right guess")
        sys.exit(42)
    print("lower" if number < guess else "higher", flush=True)
reject("more than 10 guesses")
