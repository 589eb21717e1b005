local values = { 1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1 }
local letters = { "M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I" }
local n = io.read("n")
local numeral = ""
for at, value in ipairs(values) do
    numeral = numeral .. letters[at]:rep(n // value)
    n = n % value
end
print(numeral)
