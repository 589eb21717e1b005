# Sends too much.
task, text = input(), input()
if task == "send":
    print("".join(f"{ord(letter):08b}" for letter in text))
else:
    digits = text[::-1]
    print("".join(chr(int(digits[at : at + 8], 2)) for at in range(0, len(digits), 8)))
