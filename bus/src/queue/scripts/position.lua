-- How many are before a judgement, of those for workers of the same tag. KEYS: index. ARGV: prefix of lanes, judgement. Returns -1 where it is not there.
local prefix, judgement = ARGV[1], ARGV[2]
local function tag(lane) return string.match(lane, '%+(.*)') end
local lanes = redis.call('ZRANGE', KEYS[1], 0, -1)
local own, score
for _, lane in ipairs(lanes) do
  score = redis.call('ZSCORE', prefix .. lane, judgement)
  if score then
    own = lane
    break
  end
end
if not own then return -1 end

local before = redis.call('ZRANK', prefix .. own, judgement)
for _, lane in ipairs(lanes) do
  if lane ~= own and tag(lane) == tag(own) then
    -- Of equals, the lane that sorts first is served first.
    local bound = (lane < own) and score or ('(' .. score)
    before = before + redis.call('ZCOUNT', prefix .. lane, '-inf', bound)
  end
end
return before
