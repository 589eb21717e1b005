-- Puts judgements back to where they were taken from. KEYS: index. ARGV: prefix of lanes, then lane, judgement and score of each.
local index, prefix = KEYS[1], ARGV[1]
for i = 2, #ARGV, 3 do
  redis.call('ZADD', prefix .. ARGV[i], 'NX', ARGV[i + 2], ARGV[i + 1])
  redis.call('ZADD', index, 'LT', ARGV[i + 2], ARGV[i])
end
