-- KEYS: the living servers, then for each limiter three hashes: of requests, of tokens, of calls under way.
-- ARGV: the window and a slice of it in milliseconds, this server, this call, then for each limiter the most requests,
-- the most tokens (-1 for no limit), the tokens of this call, and the most calls at a time.
-- A hash of requests or tokens has a number a slice, the numbers of the first and the last slice, and their sum; one of
-- calls has the server of each. The call takes of all limiters or of none: `taken` and the slice, or `refused`, the
-- limiter, which of the three, what is taken, and how many milliseconds to wait.
local window, slice = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local now = math.floor(now_ms / slice)
local gone = now - math.floor(window / slice)
local text = function(number) return string.format('%.0f', number) end

local function roll(key)
  local found = redis.call('HMGET', key, 'first', 'last', 'sum')
  if not found[1] then return 0 end
  local first, last, sum = tonumber(found[1]), tonumber(found[2]), tonumber(found[3])
  if last <= gone then
    redis.call('DEL', key)
    return 0
  end
  if first <= gone then
    while first <= gone do
      local count = redis.call('HGET', key, text(first))
      if count then
        sum = sum - tonumber(count)
        redis.call('HDEL', key, text(first))
      end
      first = first + 1
    end
    redis.call('HSET', key, 'first', text(first), 'sum', text(sum))
  end
  return sum
end

local function wait(key, sum, need, limit)
  local slot = tonumber(redis.call('HGET', key, 'first') or text(now))
  while slot <= now do
    sum = sum - tonumber(redis.call('HGET', key, text(slot)) or '0')
    slot = slot + 1
    if sum + need <= limit then break end
  end
  return math.max(1, slot * slice + window - now_ms)
end

local function add(key, count)
  if count == 0 then return end
  if redis.call('EXISTS', key) == 0 then redis.call('HSET', key, 'first', text(now), 'last', text(now), 'sum', '0') end
  redis.call('HINCRBY', key, text(now), count)
  redis.call('HINCRBY', key, 'sum', count)
  redis.call('HSET', key, 'last', text(now))
  redis.call('PEXPIRE', key, window * 2)
end

-- How many calls are under way; those of servers that no longer live are forgotten once they are in the way.
local function under_way(key, limit)
  local count = redis.call('HLEN', key)
  if count < limit then return count end
  local calls = redis.call('HGETALL', key)
  for place = 1, #calls, 2 do
    local ends = redis.call('ZSCORE', KEYS[1], calls[place + 1])
    if not ends or tonumber(ends) < now_ms then
      redis.call('HDEL', key, calls[place])
      count = count - 1
    end
  end
  return count
end

local limiters = (#KEYS - 1) / 3
for place = 0, limiters - 1 do
  local most = tonumber(ARGV[place * 4 + 8])
  if most >= 0 then
    local count = under_way(KEYS[place * 3 + 4], most)
    if count >= most then return {'refused', tostring(place), '2', text(count), '0'} end
  end
  for kind = 0, 1 do
    local key = KEYS[place * 3 + kind + 2]
    local limit = tonumber(ARGV[place * 4 + kind + 5])
    local need = 1
    if kind == 1 then need = tonumber(ARGV[place * 4 + 7]) end
    if limit >= 0 and need > 0 then
      local sum = roll(key)
      -- A call that is larger than the whole limit goes through alone.
      if sum + need > limit and (sum > 0 or need <= limit) then
        return {'refused', tostring(place), tostring(kind), text(sum), text(wait(key, sum, math.min(need, limit), limit))}
      end
    end
  end
end
for place = 0, limiters - 1 do
  if tonumber(ARGV[place * 4 + 5]) >= 0 then add(KEYS[place * 3 + 2], 1) end
  if tonumber(ARGV[place * 4 + 6]) >= 0 then add(KEYS[place * 3 + 3], tonumber(ARGV[place * 4 + 7])) end
  if tonumber(ARGV[place * 4 + 8]) >= 0 then
    redis.call('HSET', KEYS[place * 3 + 4], ARGV[4], ARGV[3])
    redis.call('PEXPIRE', KEYS[place * 3 + 4], 86400000)
  end
end
return {'taken', text(now)}
