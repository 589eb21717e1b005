# The right number and a word too many.
from math import pi

inner, outer = map(float, input().split())
print(pi * (outer - inner) * (outer + inner), "m2")
