local n = io.read("n")
local sum, root = 0, 0
while (root + 1) * (root + 1) <= n do
    root = root + 1
    sum = sum + n // root
end
print(2 * sum - root * root)
