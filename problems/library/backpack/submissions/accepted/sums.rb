_, capacity = gets.split.map(&:to_i)
ways = { 0 => [] }
gets.split.map(&:to_i).each.with_index(1) do |weight, thing|
  ways.keys.each do |sum|
    more = sum + weight
    ways[more] ||= ways[sum] + [thing] if more <= capacity
  end
end
puts ways.max.last.join(" ")
