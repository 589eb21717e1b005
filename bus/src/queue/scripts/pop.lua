-- Takes the first judgements of some lanes.
-- KEYS: index, clock. ARGV: prefix of lanes, how many, bands as one word of digits, band and score that a blocking pop has
-- served meanwhile (empty where none has), then what lanes are called behind their bands: languages, with tags.
-- Returns lane, judgement and score of each, one after the other.
--
-- The index may say too little of a lane, never too much: a blocking pop takes from a lane past the index. So a lane is
-- only trusted when its head is what the index says, and is entered again otherwise.
local index, clock, prefix, most, bands = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local kinds = {}
for i = 6, #ARGV do kinds[ARGV[i]] = true end

local function served(band, score)
  -- Nothing of ours is beyond its band.
  if tonumber(score) < (tonumber(band) + 1) * 2251799813685248 then
    redis.call('ZADD', clock, 'GT', score, band)
  end
end
if ARGV[5] ~= '' then served(ARGV[4], ARGV[5]) end

local function first_lane()
  local lanes = redis.call('ZRANGE', index, 0, -1, 'WITHSCORES')
  for i = 1, #lanes, 2 do
    if string.find(bands, string.sub(lanes[i], 1, 1), 1, true) and kinds[string.sub(lanes[i], 3)] then
      return lanes[i], lanes[i + 1]
    end
  end
end

local popped, taken = {}, 0
while taken < most do
  local lane, score = first_lane()
  if not lane then break end
  local heads = redis.call('ZRANGE', prefix .. lane, 0, 1, 'WITHSCORES')
  if heads[2] == score then
    redis.call('ZREM', prefix .. lane, heads[1])
    served(string.sub(lane, 1, 1), score)
    popped[#popped + 1], popped[#popped + 2], popped[#popped + 3] = lane, heads[1], score
    taken = taken + 1
    table.remove(heads, 1)
    table.remove(heads, 1)
  end
  if heads[2] then
    redis.call('ZADD', index, heads[2], lane)
  else
    redis.call('ZREM', index, lane)
  end
end
return popped
