def prime?(number)
  number >= 2 && (2..Integer.sqrt(number)).none? { |divisor| (number % divisor).zero? }
end

n = gets.to_i
first = (2..n).find { |candidate| prime?(candidate) && prime?(n - candidate) }
puts "#{first} #{n - first}"
