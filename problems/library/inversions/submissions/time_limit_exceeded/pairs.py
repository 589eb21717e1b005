# Looks at every pair; gives up after half a minute of CPU time.
import time

n = int(input())
times = list(map(int, input().split()))
count = 0
for later in range(n):
    for earlier in range(later):
        count += times[earlier] > times[later]
    if time.process_time() > 30:
        break
print(count)
