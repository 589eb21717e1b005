-- Takes one judgement out. KEYS: index. ARGV: prefix of lanes, judgement. Returns how many were taken out.
local removed = 0
for _, lane in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  removed = removed + redis.call('ZREM', ARGV[1] .. lane, ARGV[2])
end
return removed
