# A pi from antiquity.
inner, outer = map(float, input().split())
print(22 / 7 * (outer - inner) * (outer + inner))
