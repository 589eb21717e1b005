MOD = 10**9 + 7
n, k = gets.split.map(&:to_i)
# Sums of the ways to all steps before.
prefix = [0, 1]
1.upto(n) do |step|
  ways = prefix[step] - prefix[[step - k, 0].max]
  prefix << (prefix[step] + ways) % MOD
end
puts (prefix[n + 1] - prefix[n]) % MOD
