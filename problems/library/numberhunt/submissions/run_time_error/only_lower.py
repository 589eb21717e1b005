# Expects one answer only.
low, high = 1, int(input())
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "found":
        break
    assert answer == "lower"
    high = middle - 1
