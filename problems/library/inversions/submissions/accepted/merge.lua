local n = io.read("n")
local times, merged = {}, {}
for i = 1, n do
    times[i] = io.read("n")
end
local count = 0
local width = 1
while width < n do
    for start = 1, n, 2 * width do
        local middle = math.min(start + width, n + 1)
        local stop = math.min(start + 2 * width, n + 1)
        local left, right = start, middle
        for at = start, stop - 1 do
            if right == stop or left < middle and times[left] <= times[right] then
                merged[at] = times[left]
                left = left + 1
            else
                count = count + middle - left
                merged[at] = times[right]
                right = right + 1
            end
        end
    end
    times, merged = merged, times
    width = 2 * width
end
print(count)
