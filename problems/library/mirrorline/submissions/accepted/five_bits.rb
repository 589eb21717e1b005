task, text = gets.chomp, gets.chomp
if task == "send"
  puts text.bytes.map { |letter| format("%05b", letter - 97) }.join
else
  puts text.reverse.scan(/.{5}/).map { |digits| (97 + digits.to_i(2)).chr }.join
end
