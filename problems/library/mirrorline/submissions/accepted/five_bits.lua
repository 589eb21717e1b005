local task, text = io.read("l", "l")
if task == "send" then
    print((text:gsub(".", function(letter)
        local number = letter:byte() - 97
        local digits = ""
        for _ = 1, 5 do
            digits = number % 2 .. digits
            number = number // 2
        end
        return digits
    end)))
else
    print((text:reverse():gsub(".....", function(digits)
        return string.char(97 + tonumber(digits, 2))
    end)))
end
