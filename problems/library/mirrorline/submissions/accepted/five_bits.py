task, text = input(), input()
if task == "send":
    print("".join(f"{ord(letter) - 97:05b}" for letter in text))
else:
    digits = text[::-1]
    letters = [digits[at : at + 5] for at in range(0, len(digits), 5)]
    print("".join(chr(97 + int(letter, 2)) for letter in letters))
