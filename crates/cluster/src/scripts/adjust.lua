-- KEYS: for each limiter a hash of a sliding window and one of calls under way. ARGV: the slice in which something was
-- taken, the call that has ended, then the change for each window.
for place = 1, #KEYS / 2 do
  local key, change = KEYS[place * 2 - 1], tonumber(ARGV[place + 2])
  if change ~= 0 and redis.call('HEXISTS', key, ARGV[1]) == 1 then
    redis.call('HINCRBY', key, ARGV[1], ARGV[place + 2])
    redis.call('HINCRBY', key, 'sum', ARGV[place + 2])
  end
  redis.call('HDEL', KEYS[place * 2], ARGV[2])
end
return 'OK'
