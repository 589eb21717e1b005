io.stdout:setvbuf("line")
local time, n, note = io.read("l"):match("(%a+) (%d+) ?(%d*)")
if time == "evening" then
    local low, high = 1, tonumber(n)
    while low < high do
        local middle = (low + high) // 2
        print("ask " .. middle)
        local answer = io.read("l")
        if answer == "before" then
            high = middle - 1
        elseif answer == "behind" then
            low = middle + 1
        else
            low, high = middle, middle
        end
    end
    -- 1000 has four digits, and 0 is free.
    print("note " .. low % 1000)
else
    note = tonumber(note)
    print("dig " .. (note == 0 and 1000 or note))
end
