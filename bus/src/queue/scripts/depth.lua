-- How many there are in each band. KEYS: index. ARGV: prefix of lanes.
local depth = { 0, 0, 0 }
for _, lane in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local band = tonumber(string.sub(lane, 1, 1)) + 1
  depth[band] = depth[band] + redis.call('ZCARD', ARGV[1] .. lane)
end
return depth
