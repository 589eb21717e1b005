inner, outer = gets.split.map(&:to_f)
puts Math::PI * (outer - inner) * (outer + inner)
