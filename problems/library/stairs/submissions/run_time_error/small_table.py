# Has a table for the second group.
MOD = 10**9 + 7
n, k = map(int, input().split())
ways = [1] + [0] * 1000
for i in range(1, n + 1):
    ways[i] = sum(ways[max(0, i - k) : i]) % MOD
print(ways[n])
