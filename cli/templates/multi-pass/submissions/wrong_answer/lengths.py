kind, word = input(), input()
print("a" * len(word) if kind == "write" else len(word))
