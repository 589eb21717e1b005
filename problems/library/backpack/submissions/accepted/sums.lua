local n, capacity = io.read("n", "n")
local weights = {}
-- The thing that first made a sum possible; the sum without it was possible before.
local last = { [0] = 0 }
for thing = 1, n do
    weights[thing] = io.read("n")
    for sum = capacity, weights[thing], -1 do
        if not last[sum] and last[sum - weights[thing]] then
            last[sum] = thing
        end
    end
end
local sum = capacity
while not last[sum] do
    sum = sum - 1
end
local packed = {}
while sum > 0 do
    table.insert(packed, last[sum])
    sum = sum - weights[last[sum]]
end
print(table.concat(packed, " "))
