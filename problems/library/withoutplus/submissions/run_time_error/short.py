# Has no room for large numbers.
a, b = map(int, input().split())
print(len(bytes(a) if a < 1000 else bytes(-1)) - (-b))
