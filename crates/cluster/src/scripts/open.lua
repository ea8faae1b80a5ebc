-- KEYS: a window. ARGV: what was spent in it by the ledger, its end (0 for never). Only the first one counts.
if redis.call('HSETNX', KEYS[1], 'spent', ARGV[1]) == 1 then
  local late = redis.call('HGET', KEYS[1], 'late')
  if late then
    redis.call('HINCRBY', KEYS[1], 'spent', late)
    redis.call('HDEL', KEYS[1], 'late')
  end
  redis.call('HINCRBY', KEYS[1], 'held', 0)
  if tonumber(ARGV[2]) > 0 then redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
end
return 'OK'
