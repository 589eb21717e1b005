kind, word = input(), input()
if kind == "write":
    print("".join(chr(ord("a") + int(digit)) for digit in word))
else:
    print("".join(str(ord(letter) - ord("a")) for letter in word))
