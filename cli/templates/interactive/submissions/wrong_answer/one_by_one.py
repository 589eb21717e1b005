guess = 0
answer = ""
while answer != "correct":
    guess += 1
    print(guess, flush=True)
    answer = input() if guess <= 10 else "correct"
