gets
times = gets.split.map(&:to_i)
rank = times.uniq.sort.each.with_index(1).to_h
tree = [0] * (rank.size + 1)
count = 0
times.each_with_index do |time, before|
  count += before
  at = rank[time]
  while at > 0
    count -= tree[at]
    at &= at - 1
  end
  at = rank[time]
  while at < tree.size
    tree[at] += 1
    at += at & -at
  end
end
puts count
