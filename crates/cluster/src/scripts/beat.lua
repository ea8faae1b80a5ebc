-- KEYS: epoch, settling, the servers, generation, the living servers. ARGV: a new epoch's id, this server, the lease in
-- milliseconds, this server's name until it ends: it has another one after every start.
-- Says that this server lives. Where there is no epoch (Redis is new, or has lost everything) a new one begins, and
-- for the length of a lease nobody reserves anything, so that every living server can say what it holds.
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = ARGV[1]
  redis.call('SET', KEYS[1], epoch)
  redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[3]), ARGV[2])
redis.call('ZADD', KEYS[5], now + tonumber(ARGV[3]), ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', '(' .. string.format('%.0f', now))
local dead = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. string.format('%.0f', now))
return {epoch, redis.call('GET', KEYS[4]) or '0', dead}
