# 40 points: never subtracts, so that 4 is IIII.
n = int(input())
numeral = ""
for value, letter in [(1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")]:
    numeral += letter * (n // value)
    n %= value
print(numeral)
