# Goes one call deeper for each runner, which Python allows for a thousand at most.
import sys

sys.setrecursionlimit(500)
n = int(input())
times = list(map(int, input().split()))


def overtaken(later):
    if later == n:
        return 0
    return sum(time > times[later] for time in times[:later]) + overtaken(later + 1)


print(overtaken(0))
