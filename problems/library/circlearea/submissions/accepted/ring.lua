local inner, outer = io.read("n", "n")
print(string.format("%.9f", math.pi * (outer - inner) * (outer + inner)))
