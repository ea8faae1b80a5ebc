-- KEYS: holds of this server, a guard for the part. ARGV: the whole's id, the part's id, the part's amount.
-- Takes a part out of a hold, once: `1` where it is there now, `0` where the whole has not so much.
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return 0 end
local amount, rest = string.match(record, '^(%d+)(.*)$')
local left = tonumber(amount) - tonumber(ARGV[3])
if left < 0 then return 0 end
redis.call('SET', KEYS[2], '1', 'PX', 604800000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', left) .. rest)
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. rest)
return 1
