# Forgets that the digits arrive in the reverse order.
task, text = input(), input()
if task == "send":
    print("".join(f"{ord(letter) - 97:05b}" for letter in text))
else:
    letters = [text[at : at + 5] for at in range(0, len(text), 5)]
    print("".join(chr(97 + int(letter, 2) % 26) for letter in letters))
