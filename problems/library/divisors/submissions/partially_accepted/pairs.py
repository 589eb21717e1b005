# 20 points: looks at every pair.
n = int(input())
print(sum(i % divisor == 0 for i in range(1, n + 1) for divisor in range(1, i + 1)))
