$stdout.sync = true
time, n, note = gets.split
if time == "evening"
  low, high = 1, n.to_i
  while low < high
    middle = (low + high) / 2
    puts "ask #{middle}"
    case gets.chomp
    when "before" then high = middle - 1
    when "behind" then low = middle + 1
    else low = high = middle
    end
  end
  # 1000 has four digits, and 0 is free.
  puts "note #{low % 1000}"
else
  puts "dig #{note.to_i.zero? ? 1000 : note.to_i}"
end
