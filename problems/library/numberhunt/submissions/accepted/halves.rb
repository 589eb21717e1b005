$stdout.sync = true
low, high = 1, gets.to_i
loop do
  middle = (low + high) / 2
  puts middle
  case gets.chomp
  when "lower" then high = middle - 1
  when "higher" then low = middle + 1
  else break
  end
end
