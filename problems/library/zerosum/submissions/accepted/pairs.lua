local n = io.read("n")
local numbers = {}
if n % 2 == 1 then
    numbers[1] = 0
end
for number = 1, n // 2 do
    numbers[#numbers + 1] = number
    numbers[#numbers + 1] = -number
end
print(table.concat(numbers, " "))
