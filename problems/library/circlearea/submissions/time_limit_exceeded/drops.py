# Throws drops at random and counts them, for half a minute of CPU time.
import random
import time

inner, outer = map(float, input().split())
hits = drops = 0
while time.process_time() < 30:
    x, y = random.uniform(-outer, outer), random.uniform(-outer, outer)
    hits += inner * inner <= x * x + y * y <= outer * outer
    drops += 1
print(4 * outer * outer * hits / drops)
