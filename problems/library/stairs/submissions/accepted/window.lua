local MOD = 1000000007
local n, k = io.read("n", "n")
local ways = { [0] = 1 }
local window = 0
for step = 1, n do
    window = window + ways[step - 1]
    if step > k then
        window = window - ways[step - 1 - k]
    end
    window = window % MOD
    ways[step] = window
end
print(ways[n])
