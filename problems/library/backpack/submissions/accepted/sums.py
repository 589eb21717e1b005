n, capacity = map(int, input().split())
packed = {0: []}
for thing, weight in enumerate(map(int, input().split()), 1):
    for total, things in list(packed.items()):
        if total + weight <= capacity and total + weight not in packed:
            packed[total + weight] = things + [thing]
print(*packed[max(packed)])
