from math import pi

inner, outer = map(float, input().split())
print(pi * (outer - inner) * (outer + inner))
