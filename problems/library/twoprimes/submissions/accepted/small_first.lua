local function is_prime(number)
    for divisor = 2, math.floor(math.sqrt(number)) do
        if number % divisor == 0 then
            return false
        end
    end
    return number >= 2
end
local n = io.read("n")
local first = 2
while not (is_prime(first) and is_prime(n - first)) do
    first = first + 1
end
print(first, n - first)
