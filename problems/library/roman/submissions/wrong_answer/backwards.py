# The smallest letters first; a blank between them makes it wrong for single letters, too.
n = int(input())
numeral = ""
for value, letter in [(1000, "M"), (500, "D"), (100, "C"), (50, "L"), (10, "X"), (5, "V"), (1, "I")]:
    numeral = (letter + " ") * (n // value) + numeral
    n %= value
print(numeral + "end")
