-- KEYS: holds of a server. ARGV: the hold's id, what it did cost. A hold is settled once: the second time it is gone.
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return {} end
redis.call('HDEL', KEYS[1], ARGV[1])
local amount, rest = string.match(record, '^(%d+)(.*)$')
local figures = {}
for key in string.gmatch(rest, '|([^|]+)') do
  local spent, held = spend(key, amount, ARGV[2])
  figures[#figures + 1] = key
  figures[#figures + 1] = string.format('%.0f', spent)
  figures[#figures + 1] = string.format('%.0f', held)
end
return figures
