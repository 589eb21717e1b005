n = gets.to_i
root = Integer.sqrt(n)
puts 2 * (1..root).sum { |i| n / i } - root * root
