# Tries all combinations of small numbers.
from itertools import combinations

n = int(input())
for numbers in combinations(range(-n, n + 1), n):
    if sum(numbers) == 0:
        print(*numbers)
        break
