# Looks at neighbours only.
n = int(input())
times = list(map(int, input().split()))
print(sum(earlier > later for earlier, later in zip(times, times[1:])))
