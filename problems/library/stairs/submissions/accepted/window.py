MOD = 10**9 + 7
n, k = map(int, input().split())
ways = [1] + [0] * n
window = 0
for i in range(1, n + 1):
    window += ways[i - 1]
    if i - 1 - k >= 0:
        window -= ways[i - 1 - k]
    window %= MOD
    ways[i] = window
print(ways[n])
