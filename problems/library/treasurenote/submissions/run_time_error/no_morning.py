# Expects every day to be an evening.
words = input().split()
assert words[0] == "evening"
print("note 1", flush=True)
