n = gets.to_i
puts 0 if n.odd?
1.upto(n / 2) { |number| puts number, -number }
