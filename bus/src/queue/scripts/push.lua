-- Puts judgements in, each behind its user's last one; the rule is that of `fairness.rs`. What is in already stays.
-- KEYS: index, clock, users. ARGV: prefix of lanes, then for each entry: judgement, lane, user, the length of its
-- turn. Returns how many were new.
local index, clock, users, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local BAND, TURN, HALF = 2251799813685248, 1024, 512
local function exact(number) return string.format('%.0f', number) end

local now, added = {}, 0
for i = 2, #ARGV, 4 do
  local judgement, lane, user, turn = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local band = string.sub(lane, 1, 1)
  if not redis.call('ZSCORE', prefix .. lane, judgement) then
    local first = tonumber(band) * BAND
    if not now[band] then
      now[band] = tonumber(redis.call('ZSCORE', clock, band)) or first
      redis.call('ZREMRANGEBYSCORE', users, exact(first), exact(now[band] - TURN + HALF))
    end
    local score = now[band] + HALF
    local last = tonumber(redis.call('ZSCORE', users, band .. ':' .. user))
    if last and last + turn > score then
      score = last + turn
    else
      now[band] = now[band] + 1
      redis.call('ZADD', clock, exact(now[band]), band)
    end
    score = exact(math.min(score, first + BAND - 1))
    redis.call('ZADD', users, score, band .. ':' .. user)
    redis.call('ZADD', prefix .. lane, score, judgement)
    redis.call('ZADD', index, 'LT', score, lane)
    added = added + 1
  end
end
return added
