# Not the best, and accepted all the same: it has a part of the points.
n, capacity = map(int, input().split())
weights = list(map(int, input().split()))
packed = []
for thing in sorted(range(n), key=lambda thing: -weights[thing]):
    if weights[thing] <= capacity:
        capacity -= weights[thing]
        packed.append(thing + 1)
print(*packed)
