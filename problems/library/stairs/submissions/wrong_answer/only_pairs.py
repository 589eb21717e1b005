# Takes 1 or 2 steps, whatever k is: fails in the first group, so that the others are not judged.
MOD = 10**9 + 7
n, k = map(int, input().split())
a, b = 0, 1
for _ in range(n):
    a, b = b, (a + b) % MOD
print(b)
