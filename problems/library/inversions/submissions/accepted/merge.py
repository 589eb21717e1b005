# Merges ever longer sorted blocks; where a block begins before one, its larger elements are overtaken.
from bisect import bisect_right, insort

n = int(input())
times = list(map(int, input().split()))

BLOCK = 128
count = 0
blocks = []
for start in range(0, n, BLOCK):
    block = []
    for time in times[start : start + BLOCK]:
        count += len(block) - bisect_right(block, time)
        insort(block, time)
    blocks.append(block)

while len(blocks) > 1:
    merged = []
    for i in range(0, len(blocks) - 1, 2):
        left, right = blocks[i], blocks[i + 1]
        place = 0
        for time in right:
            place = bisect_right(left, time, place)
            count += len(left) - place
        merged.append(sorted(left + right))
    if len(blocks) % 2:
        merged.append(blocks[-1])
    blocks = merged

print(count)
