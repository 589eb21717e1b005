n, capacity = map(int, input().split())
weights = list(map(int, input().split()))
places = [0] * 10
for thing in range(n):
    places[thing] = weights[thing]
light = min(range(n), key=lambda thing: places[thing])
print(light + 1)
