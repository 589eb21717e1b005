io.stdout:setvbuf("line")
local low, high = 1, tonumber(io.read("l"))
while true do
    local middle = (low + high) // 2
    print(middle)
    local answer = io.read("l")
    if answer == "lower" then
        high = middle - 1
    elseif answer == "higher" then
        low = middle + 1
    else
        break
    end
end
